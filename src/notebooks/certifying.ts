import type { SiteCertificate } from '../certificates/site-certificate.ts';
import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { listen, sshArgv, type Told } from '../ssh/client.ts';
import { hostOf, remotePortOf } from './access.ts';
import { isDirect, rememberCertificate } from './direct.ts';
import { certificatePath } from './first-boot/certificate.ts';
import { ownProbe } from './first-boot/scripts.ts';
import { sshFailure } from './hops.ts';
import { metadataKeys, nameOf } from './identity.ts';
import { notAllowed, serviceLines } from './jupyter-service.ts';
import type { Desk, Enter, Wait } from './notebooks.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Reach, reachServer } from './reach.ts';
import { isVouchedFor } from './readiness.ts';
import { behindTunnel } from './refusals.ts';
import { script } from './remote.ts';
import { find } from './search.ts';

/** What goes to the VM; `asks` is false when ssh may not ask. */
export interface Installation {
  readonly certificate: SiteCertificate;
  readonly asks: boolean;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Jupyter comes up within seconds; one that does not, in s, is given its old certificate back. */
const longestStart = 180;

const notWritten = 76;
/** Jupyter did not come up with it, and has its old one again. */
const takenBack = 79;

/** Puts the site's certificate on a direct notebook. Throws WRONG_STATE for one behind a tunnel. */
export async function certify(
  desk: Desk,
  reference: string,
  { certificate, asks, deadline }: Omit<Installation, 'deadline'> & Wait,
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  if (!isDirect(server)) throw behindTunnel(nameOf(server));
  await putCertificate(desk, server, { certificate, asks, deadline }, enter);
  const metadata = { ...server.metadata, [metadataKeys.certificate]: certificate.sha256 };
  return outcomeOf(desk, { server: { ...server, metadata }, jupyter: 'ready' });
}

/**
 * Sends the certificate and its key over ssh and starts Jupyter anew with them. They go to a host whose
 * key is known from the console, and nowhere else. Throws when Jupyter keeps its old one.
 */
export async function putCertificate(
  desk: Desk,
  server: Server,
  { certificate, asks, deadline }: Installation,
  enter: Enter,
): Promise<void> {
  const reached = await reachServer(desk, server);
  if (!(await isVouchedFor(desk, server))) throw notVouchedFor(reached);
  enter({ name: 'certificate', detail: `for ${certificate.names}` });
  warnOfNames(desk, server, certificate);
  const left = Math.round((deadline - desk.world.now().getTime()) / 1_000);
  const seconds = Math.min(longestStart, Math.max(1, left));
  const probe = ownProbe(true, remotePortOf(server, desk.settings.notebook.port));
  const argv = sshArgv(reached.target, { command: script(installScript(probe, seconds)), asks });
  const told = await listen(argv, desk.world, () => {}, certificate.pem);
  if (told.exitCode !== 0) throw await refusal(desk, reached, told);
  if (server.metadata[metadataKeys.certificate] !== certificate.sha256) {
    const changed = { [metadataKeys.certificate]: certificate.sha256 };
    await servers.setMetadata(desk.compute, server.id, changed);
  }
  await rememberCertificate(desk.stateFolder, server.id, certificate.sha256).catch(() => {});
}

/**
 * One rename changes certificate and key, once all has come: the key stands last. Where Jupyter does not come up again, the old ones come back.
 */
function installScript(probe: string, seconds: number): string {
  return `${serviceLines(probe)}
may || exit ${notAllowed}
umask 077
F="$HOME/${certificatePath}"
mkdir -p "$(dirname "$F")" && cat > "$F.new" || exit ${notWritten}
grep -q '^-----END PRIVATE KEY-----' "$F.new" || { rm -f "$F.new"; exit ${notWritten}; }
cp -p "$F" "$F.old" 2>/dev/null
back() { [ ! -e "$F.old" ] || mv "$F.old" "$F"; }
mv "$F.new" "$F" || exit ${notWritten}
again || { back; exit ${notAllowed}; }
up ${seconds} && { rm -f "$F.old"; exit 0; }
back
again
exit ${takenBack}`;
}

function warnOfNames({ warn, settings }: Desk, server: Server, certificate: SiteCertificate): void {
  const host = hostOf(server, settings.notebook);
  if (host === undefined || certificate.isFor(host)) return;
  warn(
    `the certificate is for ${certificate.names}, not for ${host}: browsers will warn. notebook.host_template makes names of addresses.`,
  );
}

async function refusal(
  desk: Desk,
  reached: Reach,
  { exitCode, complaints }: Told,
): Promise<NubesError> {
  if (exitCode === 255) return sshFailure(desk, reached, complaints);
  const { name } = reached;
  const why: Readonly<Record<number, string>> = {
    [notWritten]: 'it could not be written there whole',
    [notAllowed]: 'your account there may not restart Jupyter',
    [takenBack]: 'Jupyter did not come up with it in time, and has its old one again',
  };
  const reason = why[exitCode] ?? complaints.at(-1) ?? `exit code ${exitCode}`;
  return new NubesError('SERVICE_ERROR', `The certificate was not put on ${name}: ${reason}.`, {
    hint: `nubes-nb certify ${name} tries again; nubes-nb logs ${name} --source jupyter tells more.`,
  });
}

function notVouchedFor({ name }: Reach): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `The VM of ${name} has not told its host key on the console, so the certificate's key is not sent there.`,
    { hint: `nubes-nb wait ${name}, then nubes-nb certify ${name}.` },
  );
}
