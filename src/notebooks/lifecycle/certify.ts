import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { hostOf } from '../address.ts';
import { scriptExit } from '../connect/script.ts';
import { connectTo, type SshConnection } from '../connect/ssh-connection.ts';
import { hasVerifiedHostKey } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { certificatePath } from '../first-boot/certificate.ts';
import { recordChange } from '../half-done.ts';
import { metadataKeys, nameOf } from '../identity.ts';
import { restartWithChange } from '../jupyter/restart.ts';
import { rememberCertificate } from '../local-state.ts';
import { type Notebook, toReachedNotebook } from '../notebook.ts';
import { allowedChange } from '../rules.ts';
import { deadlineOf, type OnProgress, type WaitOptions } from '../waiting.ts';

export interface InstallOptions {
  readonly certificate: SiteCertificate;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Jupyter starts within seconds; after this time its previous certificate is restored. */
const maxStartMs = 180_000;

/** Installs the site's certificate on a direct notebook. Throws WRONG_STATE if it is behind a tunnel, or stopped. */
export async function certify(
  deps: Deps,
  reference: string,
  { certificate, asks, ...wait }: Omit<InstallOptions, 'deadline'> & WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  const server = await find(deps, reference);
  allowedChange({ verb: 'certify' }, nameOf(server), server);
  await installCertificate(deps, server, { certificate, asks, deadline }, onProgress);
  const metadata = { ...server.metadata, [metadataKeys.certificate]: certificate.sha256 };
  return toReachedNotebook(deps, { server: { ...server, metadata }, jupyter: 'ready' });
}

/**
 * Sends the certificate and its key over ssh and restarts Jupyter with them, only to a host whose key the
 * console has verified. Throws if Jupyter keeps its previous certificate.
 */
export async function installCertificate(
  deps: Deps,
  server: Server,
  { certificate, asks, deadline }: InstallOptions,
  onProgress: OnProgress,
): Promise<void> {
  const connection = await connectTo(deps, server);
  if (!(await hasVerifiedHostKey(deps, server))) throw hostKeyUnverified(connection);
  onProgress({ name: 'certificate', detail: `for ${certificate.names}`, asks });
  warnIfOtherHost(deps, server, certificate);
  const retry = `nubes-nb certify ${connection.name}`;
  const startDeadline = deps.world.now().getTime() + maxStartMs;
  await restartWithChange(deps, connection, {
    what: 'the certificate',
    retry,
    change: installScript,
    undo: '[ ! -e "$F.old" ] || mv "$F.old" "$F"',
    input: certificate.pem,
    deadline: Math.min(deadline, startDeadline),
    asks,
  });
  await rememberCertificate(deps, server.id, certificate.sha256).catch(() => {});
  const { sha256 } = certificate;
  if (server.metadata[metadataKeys.certificate] === sha256) return;
  await recordChange(
    deps,
    server,
    { [metadataKeys.certificate]: sha256 },
    {
      done: `Jupyter on ${connection.name} uses the certificate for ${certificate.names}`,
      hint: `${retry} (restarts Jupyter again)`,
    },
  );
}

/**
 * OpenSSL rejects short keys and old digests when it loads them, and rare curves only in a handshake; each
 * version differs. So this Python script performs a handshake with itself.
 */
const handshakeScript = `import ssl, sys
try:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(sys.argv[1])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for end in ends * 3:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
except ssl.SSLError as error:
    print(error, file=sys.stderr)
    sys.exit(${scriptExit.tlsRejected})`;

/**
 * One rename replaces certificate and key, after the whole file has arrived (the key is its end) and the
 * Python that runs Jupyter, or the VM's own, has accepted it.
 */
const installScript = `umask 077
F="$HOME/${certificatePath}"
trap 'rm -f "$F.new" "$F.old"' EXIT
mkdir -p "$(dirname "$F")" && cat > "$F.new" || exit ${scriptExit.writeFailed}
grep -q '^-----END PRIVATE KEY-----' "$F.new" || exit ${scriptExit.writeFailed}
Y=$(readlink "/proc/$P/exe" 2>/dev/null)
case \${Y##*/} in python*) ;; *) Y=python3 ;; esac
"$Y" -I -c '${handshakeScript}' "$F.new"
[ $? != ${scriptExit.tlsRejected} ] || exit ${scriptExit.tlsRejected}
cp -p "$F" "$F.old" 2>/dev/null
mv "$F.new" "$F" || exit ${scriptExit.writeFailed}`;

function warnIfOtherHost(
  { warn, settings }: Deps,
  server: Server,
  certificate: SiteCertificate,
): void {
  const host = hostOf(server, settings.notebook);
  if (host === undefined || certificate.isFor(host)) return;
  warn(
    `the certificate is for ${certificate.names}, not for ${host}: browsers will warn. Set notebook.host_template to turn addresses into names.`,
  );
}

function hostKeyUnverified({ name }: SshConnection): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `The VM of ${name} has not printed its host key on the console, so the certificate's private key was not sent.`,
    { hint: `nubes-nb wait ${name}, then nubes-nb certify ${name}` },
  );
}
