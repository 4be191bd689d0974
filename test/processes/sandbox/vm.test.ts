import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import ssh2, { type Client as SshClient } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningVms, startVms } from '../../../src/sandbox/vm/vms.ts';

const token = 'ab'.repeat(32);
const digest = createHash('sha256').update(token).digest('hex');
const nonce = '0123456789abcdef';
const owner = ssh2.utils.generateKeyPairSync('ed25519');
const unknownKey = ssh2.utils.generateKeyPairSync('ed25519');
const start = new Date('2026-11-20T09:00:00Z');
const execute = promisify(execFile);

type ServerRecord = Parameters<RunningVms['console']>[0];

let vms: RunningVms;
let now: Date;
let clients: SshClient[];

beforeEach(async () => {
  now = start;
  clients = [];
  vms = await startVms({ now: () => now, readyMs: 800 });
});
afterEach(async () => {
  for (const client of clients) client.end();
  await vms.close();
});

function advance(milliseconds: number): void {
  now = new Date(now.getTime() + milliseconds);
}

function userData(text = JSON.stringify(cloudConfig())): string {
  return Buffer.from(`#cloud-config\n${text}\n`).toString('base64');
}

function cloudConfig(): object {
  return {
    users: [{ name: 'alice', ssh_authorized_keys: [`${owner.public} alice@laptop`] }],
    write_files: [
      {
        path: '/etc/nubes/jupyter_config.py',
        content: `c.ServerApp.port = 8899\nc.IdentityProvider.token = "${digest}"\n`,
      },
      { path: '/etc/nubes/ready.sh', content: `echo "NUBES-NB READY ${nonce} boot=$(cat x)"` },
    ],
  };
}

/** A server as the cloud passes it to the VMs, just powered on. */
function serverWith(more: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id: crypto.randomUUID(),
    number: 1,
    name: 'nb-alice-lpd-tests',
    hostname: 'nb-alice-lpd-tests',
    userId: 'u',
    projectId: 'p',
    imageId: 'i',
    flavor: { id: 'f', name: 'l3.nano', vcpus: 2, ram: 2048, disk: 10 },
    keyName: null,
    imageAccount: undefined,
    configDrive: true,
    userData: userData(),
    securityGroups: [],
    attachments: [],
    metadata: { 'nubes-nb:ref': 'alice/<lpd>-tests' },
    tags: [],
    description: null,
    created: start,
    updated: start,
    launchedAt: start,
    terminatedAt: undefined,
    vmState: 'active',
    taskState: null,
    powerState: 1,
    locked: false,
    lockedReason: null,
    fault: undefined,
    pending: undefined,
    boots: [start],
    actions: [],
    hiddenUntil: undefined,
    ...more,
  };
}

interface Login {
  readonly username?: string;
  readonly privateKey?: string;
  readonly password?: string;
}

async function login(host: string, how: Login = {}): Promise<{ client: SshClient; key: string }> {
  const client = new ssh2.Client();
  clients.push(client);
  let key = '';
  client.connect({
    host,
    port: vms.sshPort,
    username: 'alice',
    ...('password' in how ? {} : { privateKey: owner.private }),
    ...how,
    hostVerifier: (blob: Buffer) => {
      key = blob.toString('base64');
      return true;
    },
  });
  await once(client, 'ready');
  return { client, key };
}

function forward(client: SshClient, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

interface HttpReply {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly cookie: string | undefined;
  readonly body: string;
}

async function get(client: SshClient, path: string, headers = {}): Promise<HttpReply> {
  const channel = await forward(client, 8899);
  const outgoing = request({
    path,
    headers: { host: '127.0.0.1:23157', connection: 'close', ...headers },
    createConnection: () => channel,
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    location: response.headers.location,
    cookie: response.headers['set-cookie']?.[0],
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

async function connectWhenReady(): Promise<SshClient> {
  const address = vms.addressFor(serverWith());
  advance(800);
  return (await login(address)).client;
}

describe('SSH', () => {
  test('each VM has its own loopback address and host key, and its console shows the key', async () => {
    const servers = [serverWith(), serverWith()];
    const addresses = servers.map((server) => vms.addressFor(server));
    expect(new Set(addresses).size).toBe(2);
    advance(800);
    for (const [index, server] of servers.entries()) {
      const { key } = await login(addresses[index] ?? '');
      expect(vms.console(server, now)).toContain(
        `NUBES-NB HOSTKEY ${nonce} ssh-ed25519 ${key}\r\n`,
      );
    }
    expect(vms.console(servers[0] as ServerRecord, now)).not.toBe(
      vms.console(servers[1] as ServerRecord, now),
    );
  });

  test.each<[string, Login]>([
    ['a key that is not in the user_data', { privateKey: unknownKey.private }],
    ['another account', { username: 'bob' }],
    ['root', { username: 'root' }],
    ['a password', { password: 'alice-in-the-sandbox' }],
    ['an empty password', { password: '' }],
  ])('ssh with %s is refused', async (_what, how) => {
    const address = vms.addressFor(serverWith());
    await expect(login(address, how)).rejects.toMatchObject({ level: 'client-authentication' });
  });

  test("a command over ssh runs in the account's home, with stdin, stdout, stderr and exit code", async () => {
    const client = await connectWhenReady();
    const run = (command: string, input = '') =>
      new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
        client.exec(command, (error, channel) => {
          if (error !== undefined) return reject(error);
          const output = { stdout: '', stderr: '' };
          channel.on('data', (data: Buffer) => {
            output.stdout += data;
          });
          channel.stderr.on('data', (data: Buffer) => {
            output.stderr += data;
          });
          channel.on('close', (code: number) => resolve({ code, ...output }));
          channel.end(input);
        });
      });
    expect(await run('cat > notes; echo "$USER"; exit 7', 'hello')).toEqual({
      code: 7,
      stdout: 'alice\n',
      stderr: '',
    });
    expect((await run('cat notes')).stdout).toBe('hello');
    expect(await run('sudo poweroff')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sudo: not on a machine of the sandbox\n',
    });
  });

  test('a VM that is powered off refuses connections, and keeps its host key when it is started again', async () => {
    const server = { ...serverWith(), boots: [start] };
    const address = vms.addressFor(server);
    const { client, key } = await login(address);
    const ended = once(client, 'close');
    vms.onChange?.(Object.assign(server, { vmState: 'stopped' }));
    await ended;
    await expect(login(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    advance(60_000);
    server.boots.push(now);
    vms.onChange?.(Object.assign(server, { vmState: 'active' }));
    expect((await login(address)).key).toBe(key);
  });

  test('a deleted VM refuses connections, and its disk is deleted', async () => {
    const server = { ...serverWith() };
    const address = vms.addressFor(server);
    const { client } = await login(address);
    const home = await new Promise<string>((resolve) => {
      client.exec('pwd', (_error, channel) => {
        channel.on('data', (data: Buffer) => resolve(String(data).trim()));
      });
    });
    expect(existsSync(home)).toBe(true);
    vms.onChange?.(Object.assign(server, { vmState: 'deleted' }));
    const refused = () =>
      login(address).then(
        () => 'none',
        ({ code }) => code,
      );
    await expect.poll(refused).toBe('ECONNREFUSED');
    await expect.poll(() => existsSync(home)).toBe(false);
  });

  test('user_data may be gzipped; without a valid cloud-config every login is refused', async () => {
    const gzipped = gzipSync(Buffer.from(userData(), 'base64')).toString('base64');
    const address = vms.addressFor(serverWith({ userData: gzipped }));
    await expect(login(address)).resolves.toBeDefined();
    for (const bad of [
      undefined,
      'bm9wZQ==',
      userData('{'),
      userData('[1]'),
      userData('{"users":1}'),
    ]) {
      const other = vms.addressFor(serverWith({ userData: bad }));
      await expect(login(other)).rejects.toMatchObject({ level: 'client-authentication' });
    }
  });

  const hasSsh = existsSync('/usr/bin/ssh');
  test.runIf(hasSsh)(
    "the system's ssh forwards a port if the console's host key is pinned",
    async () => {
      const server = serverWith();
      const address = vms.addressFor(server);
      advance(800);
      const folder = await mkdtemp(join(tmpdir(), 'nubes-nb-test-'));
      const [, hostKey] = /HOSTKEY \S+ (.+)\r/.exec(vms.console(server, now)) ?? [];
      await writeFile(join(folder, 'known_hosts'), `nubes-nb-demo ${hostKey}\n`);
      await writeFile(join(folder, 'wrong'), `nubes-nb-demo ${unknownKey.public}\n`);
      await writeFile(join(folder, 'key'), owner.private, { mode: 0o600 });
      const port = await freePort();
      const ssh = (known: string, ...more: string[]) =>
        execute('/usr/bin/ssh', [
          ...['-F', 'none', '-i', join(folder, 'key'), '-o', 'IdentitiesOnly=yes'],
          ...['-o', 'StrictHostKeyChecking=yes', '-o', 'HostKeyAlias=nubes-nb-demo'],
          ...['-o', `UserKnownHostsFile=${join(folder, known)}`, '-o', 'BatchMode=yes'],
          ...['-p', String(vms.sshPort), ...more, `alice@${address}`],
        ]);
      await expect(ssh('wrong', '-N')).rejects.toMatchObject({ code: 255 });

      const tunnel = ssh('known_hosts', '-N', '-L', `127.0.0.1:${port}:127.0.0.1:8899`);
      const status = async () =>
        (await fetch(`http://127.0.0.1:${port}/api/status?token=${token}`).catch(() => undefined))
          ?.status;
      await expect.poll(status, { timeout: 5000 }).toBe(200);
      tunnel.child.kill();
      await tunnel.catch(() => {});
      await rm(folder, { recursive: true });
    },
  );
});

describe('Jupyter', () => {
  test('Jupyter answers only once it is ready, and only on its port', async () => {
    const { client } = await login(vms.addressFor(serverWith()));
    advance(799);
    await expect(forward(client, 8899)).rejects.toThrow();
    advance(1);
    await expect(forward(client, 8888)).rejects.toThrow();
    expect(await get(client, '/api')).toMatchObject({ status: 200, body: '{"version":"2.15.0"}' });
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['no token', '/api/status', {}, 403],
    ['the token in the URL', `/api/status?token=${token}`, {}, 200],
    ['the token in the header', '/api/status', { authorization: `token ${token}` }, 200],
    ['the token as a bearer', '/api/status', { authorization: `Bearer ${token}` }, 200],
    ['the token as Basic', '/api/status', { authorization: `Basic ${token}` }, 403],
    ['a wrong token', `/api/status?token=${'cd'.repeat(32)}`, {}, 403],
    ['the digest instead of the token', `/api/status?token=${digest}`, {}, 403],
    ['an empty token', '/api/status?token=', {}, 403],
    [
      'a wrong token before a right one',
      '/api/status?token=no',
      { authorization: `token ${token}` },
      403,
    ],
    ['a forged cookie', '/api/status', { cookie: 'nubes-nb-sandbox=1' }, 403],
    ['another host name', `/api/status?token=${token}`, { host: 'evil.example' }, 403],
    ['localhost on any port', `/api/status?token=${token}`, { host: 'localhost:9999' }, 200],
    ['an unknown path', `/api/nope?token=${token}`, {}, 404],
    ['the page without a token', '/lab', {}, 302],
  ])('Jupyter checks a request with %s', async (_what, path, headers, status) => {
    expect((await get(await connectWhenReady(), path, headers)).status).toBe(status);
  });

  test("Jupyter's page has the escaped name of the notebook, and its cookie authorizes other requests", async () => {
    const client = await connectWhenReady();
    const page = await get(client, `/lab?token=${token}`);
    expect(page.body).toContain('<title>JupyterLab (sandbox)</title>');
    expect(page.body).toContain('alice/&#60;lpd&#62;-tests');
    const cookie = page.cookie?.split(';')[0] ?? '';
    expect((await get(client, '/api/kernels', { cookie })).body).toBe('[]');
    expect((await get(client, '/')).location).toBe('/login?next=%2F');
    expect((await get(client, '/', { cookie })).location).toBe('/lab');
  });

  test('a VM whose user_data does not set up Jupyter has no Jupyter and prints no marker', async () => {
    const users = [{ name: 'alice', ssh_authorized_keys: [owner.public] }];
    const server = serverWith({ userData: userData(JSON.stringify({ users })) });
    const { client } = await login(vms.addressFor(server));
    advance(60_000);
    await expect(forward(client, 8899)).rejects.toThrow();
    expect(vms.console(server, now)).not.toContain('NUBES-NB');
  });
});

describe('the console', () => {
  test('the console has READY with the nonce once Jupyter answers, with a new boot id at each boot', () => {
    const server = { ...serverWith(), boots: [start] };
    vms.addressFor(server);
    advance(799);
    expect(vms.console(server, now)).not.toContain('READY');
    advance(1);
    const first = /NUBES-NB READY 0123456789abcdef boot=([0-9a-f-]{36}) port=8899 up=0\.80\r\n$/;
    const [, firstBoot] = first.exec(vms.console(server, now)) ?? [];
    expect(firstBoot).toBeDefined();

    advance(60_000);
    server.boots.push(now);
    expect(vms.console(server, now).match(/READY/g)).toHaveLength(1);
    advance(800);
    const [, secondBoot] = first.exec(vms.console(server, now)) ?? [];
    expect(secondBoot).toBeDefined();
    expect(secondBoot).not.toBe(firstBoot);
  });

  test('the console has no READY for a boot that ended too early', () => {
    const server = serverWith({ boots: [start, new Date(start.getTime() + 500)] });
    advance(2000);
    expect(vms.console(server, now).match(/READY/g)).toHaveLength(1);
  });
});

/** A port below the ephemeral range, which other tests cannot get meanwhile. */
async function freePort(): Promise<number> {
  const port = 11_000 + Math.floor(Math.random() * 8_000);
  const server = createServer().listen(port, '127.0.0.1');
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return isFree ? port : freePort();
}
