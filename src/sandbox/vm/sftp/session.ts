import type { SFTPWrapper } from 'ssh2';
import type { Tree } from './paths.ts';
import { createRequests, type Requests } from './requests.ts';
import { statusCodes, statusOf } from './status.ts';

/** OpenSSH's client sends up to 64 at once. */
const maxPending = 256;

/** What ssh2 has and does not declare. */
interface Internals {
  readonly _protocol: { readonly exitStatus: (channel: number, status: number) => void };
  /** Answers that the client has not made room for. */
  readonly _buffer: readonly unknown[];
  readonly outgoing: { readonly id: number; readonly state: string };
}

/** Answers the requests of an SFTP session one after another. A client that does not read its answers is cut off. */
export function serveSftp(sftp: SFTPWrapper, tree: Promise<Tree>): void {
  const internals = sftp as unknown as Internals;
  const requests = tree.then(createRequests);
  let last: Promise<unknown> = requests.catch(() => {});
  let pending = 0;
  const end = () => {
    // ssh2 sends no exit status for a subsystem; without one, scp reports a failure.
    if (internals.outgoing.state === 'open')
      internals._protocol.exitStatus(internals.outgoing.id, 0);
    sftp.end();
  };
  const inOrder = (requestId: number, work: (requests: Requests) => Promise<void>) => {
    pending += 1;
    if (pending > maxPending || internals._buffer.length > maxPending) return sftp.destroy();
    last = last
      .then(async () => work(await requests))
      .catch((error) => sftp.status(requestId, statusCodes[statusOf(error)]))
      .finally(() => {
        pending -= 1;
      });
  };
  answerAll(sftp, inOrder);
  // A malformed packet.
  sftp.on('error', () => sftp.destroy());
  sftp.on('end', () => void last.then(end));
  sftp.on('close', () => {
    last = last.then(async () => (await requests).closeAll()).catch(() => {});
  });
}

type InOrder = (requestId: number, work: (requests: Requests) => Promise<void>) => void;

function answerAll(sftp: SFTPWrapper, inOrder: InOrder): void {
  const handle = (id: number, made: (requests: Requests) => Promise<Buffer>) =>
    inOrder(id, async (requests) => sftp.handle(id, await made(requests)));
  const attributes = (id: number, found: (requests: Requests) => ReturnType<Requests['stat']>) =>
    inOrder(id, async (requests) => sftp.attrs(id, await found(requests)));
  const name = (id: number, found: (requests: Requests) => Promise<string>) =>
    inOrder(id, async (requests) => sftp.name(id, [nameOnly(await found(requests))]));
  const done = (id: number, work: (requests: Requests) => Promise<void>) =>
    inOrder(id, async (requests) => {
      await work(requests);
      sftp.status(id, statusCodes.OK);
    });

  sftp.on('OPEN', (id, path, bits, attrs) => handle(id, (files) => files.open(path, bits, attrs)));
  sftp.on('OPENDIR', (id, path) => handle(id, (files) => files.opendir(path)));
  sftp.on('CLOSE', (id, opened) => done(id, (files) => files.close(opened)));
  sftp.on('READ', (id, opened, offset, length) =>
    inOrder(id, async (files) => sftp.data(id, await files.read(opened, offset, length))),
  );
  sftp.on('WRITE', (id, opened, offset, data) =>
    done(id, (files) => files.write(opened, offset, data)),
  );
  sftp.on('READDIR', (id, opened) =>
    inOrder(id, async (files) => sftp.name(id, await files.readdir(opened))),
  );
  sftp.on('FSTAT', (id, opened) => attributes(id, (files) => files.fstat(opened)));
  sftp.on('STAT', (id, path) => attributes(id, (files) => files.stat(path)));
  sftp.on('LSTAT', (id, path) => attributes(id, (files) => files.lstat(path)));
  sftp.on('FSETSTAT', (id, opened, attrs) => done(id, (files) => files.fsetstat(opened, attrs)));
  sftp.on('SETSTAT', (id, path, attrs) => done(id, (files) => files.setstat(path, attrs)));
  sftp.on('REMOVE', (id, path) => done(id, (files) => files.remove(path)));
  sftp.on('MKDIR', (id, path, attrs) => done(id, (files) => files.mkdir(path, attrs)));
  sftp.on('RMDIR', (id, path) => done(id, (files) => files.rmdir(path)));
  sftp.on('RENAME', (id, from, to) => done(id, (files) => files.rename(from, to)));
  sftp.on('REALPATH', (id, path) => name(id, (files) => files.realpath(path)));
  sftp.on('READLINK', (id, path) => name(id, (files) => files.readlink(path)));
  // ssh2 passes the link first, other than its types say.
  sftp.on('SYMLINK', (id, link, target) => done(id, (files) => files.symlink(link, target)));
}

function nameOnly(filename: string) {
  const attrs = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  return { filename, longname: filename, attrs };
}
