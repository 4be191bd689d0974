import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { hostOf } from '../connect/address.ts';
import { exits } from '../connect/exec.ts';
import { connectTo, type SshConnection } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { certificatePath } from '../first-boot/certificate.ts';
import { metadataKeys, nameOf } from '../identity.ts';
import { restartedWith } from '../jupyter/restart.ts';
import type { Notebook } from '../notebook.ts';
import { hasVerifiedHostKey } from '../readiness/console-reader.ts';
import { allowedChange } from '../rules.ts';
import { toReachedNotebook } from '../view.ts';
import { deadlineOf, type OnProgress, type WaitOptions } from '../waiting.ts';
import { rememberCertificate } from './certificate.ts';

/** What goes to the VM; `asks` is false when ssh may not ask. */
export interface Installation {
  readonly certificate: SiteCertificate;
  readonly asks: boolean;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Jupyter comes up within seconds; one that does not, in ms, is given its old certificate back. */
const longestStart = 180_000;

/** Puts the site's certificate on a direct notebook. Throws WRONG_STATE for one behind a tunnel, or off. */
export async function certify(
  deps: Deps,
  reference: string,
  { certificate, asks, ...wait }: Omit<Installation, 'deadline'> & WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, wait);
  const server = await find(deps, reference);
  allowedChange({ verb: 'certify' }, nameOf(server), server);
  await putCertificate(deps, server, { certificate, asks, deadline }, onProgress);
  const metadata = { ...server.metadata, [metadataKeys.certificate]: certificate.sha256 };
  return toReachedNotebook(deps, { server: { ...server, metadata }, jupyter: 'ready' });
}

/**
 * Sends the certificate and its key over ssh and starts Jupyter anew with them. They go to a host whose
 * key is known from the console, and nowhere else. Throws when Jupyter keeps its old one.
 */
export async function putCertificate(
  deps: Deps,
  server: Server,
  { certificate, asks, deadline }: Installation,
  onProgress: OnProgress,
): Promise<void> {
  const reached = await connectTo(deps, server);
  if (!(await hasVerifiedHostKey(deps, server))) throw notVouchedFor(reached);
  onProgress({ name: 'certificate', detail: `for ${certificate.names}`, asks });
  warnOfNames(deps, server, certificate);
  const longest = deps.world.now().getTime() + longestStart;
  await restartedWith(deps, reached, {
    what: 'the certificate',
    change: installing,
    undo: '[ ! -e "$F.old" ] || mv "$F.old" "$F"',
    input: certificate.pem,
    deadline: Math.min(deadline, longest),
    asks,
  });
  if (server.metadata[metadataKeys.certificate] !== certificate.sha256) {
    const changed = { [metadataKeys.certificate]: certificate.sha256 };
    await servers.setMetadata(deps.compute, server.id, changed);
  }
  await rememberCertificate(deps.stateFolder, server.id, certificate.sha256).catch(() => {});
}

/**
 * OpenSSL refuses short keys and old digests when it loads them, and rare curves when somebody calls, each
 * version in its own way. So both ends of a call are played.
 */
const trying = `import ssl, sys
try:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(sys.argv[1])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True)]
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
except ssl.SSLError as error:
    print(error, file=sys.stderr)
    sys.exit(${exits.notTls})`;

/**
 * One rename changes certificate and key, once all has come (the key stands last) and the Python that
 * runs Jupyter, or else the VM's, has taken it.
 */
const installing = `umask 077
F="$HOME/${certificatePath}"
trap 'rm -f "$F.new" "$F.old"' EXIT
mkdir -p "$(dirname "$F")" && cat > "$F.new" || exit ${exits.notWritten}
grep -q '^-----END PRIVATE KEY-----' "$F.new" || exit ${exits.notWritten}
Y=$(readlink "/proc/$P/exe" 2>/dev/null)
case \${Y##*/} in python*) ;; *) Y=python3 ;; esac
"$Y" -I -c '${trying}' "$F.new"
[ $? != ${exits.notTls} ] || exit ${exits.notTls}
cp -p "$F" "$F.old" 2>/dev/null
mv "$F.new" "$F" || exit ${exits.notWritten}`;

function warnOfNames({ warn, settings }: Deps, server: Server, certificate: SiteCertificate): void {
  const host = hostOf(server, settings.notebook);
  if (host === undefined || certificate.isFor(host)) return;
  warn(
    `the certificate is for ${certificate.names}, not for ${host}: browsers will warn. notebook.host_template makes names of addresses.`,
  );
}

function notVouchedFor({ name }: SshConnection): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `The VM of ${name} has not told its host key on the console, so the certificate's key is not sent there.`,
    { hint: `nubes-nb wait ${name}, then nubes-nb certify ${name}.` },
  );
}
