import { interruption, type NubesError } from '../../errors.ts';
import { inPairs } from '../../fingerprint.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { type ProbeLimits, type ProbeReply, probeJupyter } from '../../ssh/jupyter-probe.ts';
import { isBehindProxy } from '../../ssh/user-config.ts';
import { isDirect, remotePortOf } from '../address.ts';
import {
  hasVerifiedHostKey,
  pinFromConsole,
  readCertificate,
  recordCertificate,
} from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { withHint } from '../errors.ts';
import { nameOf } from '../identity.ts';
import { apiRule } from '../jupyter-api.ts';
import { knownCertificate } from '../local-state.ts';
import { type Notebook, toNotebooks } from '../notebook.ts';
import { statusOf } from '../status.ts';
import { jupyterDown } from './diagnose.ts';
import { withPauses } from './refused-logins.ts';
import { type SshConnection, sshConnection } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

/** Whether Jupyter answers this computer. `running`: it could not be checked. */
interface Probe {
  readonly status: 'ready' | 'unreachable' | 'running';
  /** Why it is not ready. */
  readonly why?: NubesError;
}

/** Enough for a slow network. */
const limits: ProbeLimits = { timeoutMs: 8_000, connectTimeoutSeconds: 3 };
/** Two logins, one of them at the jump host. */
export const limitsBehindProxy: ProbeLimits = { timeoutMs: 15_000, connectTimeoutSeconds: 10 };
const maxConcurrentProbes = 8;

export async function probeOne(deps: Deps, server: Server): Promise<Notebook> {
  const [notebook] = await probeServers(deps, [server]);
  if (notebook === undefined) throw new Error('one server is one notebook');
  return notebook;
}

/** The running ones are probed for a Jupyter that answers. */
export async function probeServers(deps: Deps, servers: readonly Server[]): Promise<Notebook[]> {
  const probes: (Probe | undefined)[] = [];
  for (let from = 0; from < servers.length; from += maxConcurrentProbes) {
    const group = servers.slice(from, from + maxConcurrentProbes);
    const results = await Promise.all(
      group.map((server) => (statusOf(server) === 'running' ? probe(deps, server) : undefined)),
    );
    for (const { why } of results.filter((each) => each !== undefined)) {
      if (why !== undefined) deps.warn(withHint(why));
    }
    probes.push(...results);
  }
  // After the probes, which record host keys and certificates.
  const notebooks = await toNotebooks(deps, servers);
  return notebooks.map((notebook, index) => ({
    ...notebook,
    status: probes[index]?.status ?? notebook.status,
  }));
}

/** Throws CONFIGURATION if ssh is not installed, and an interruption: what ssh says at its end means nothing then. */
async function probe(deps: Deps, server: Server): Promise<Probe> {
  await pinFromConsole(deps, server);
  const connection = await sshConnection(deps, server);
  if (connection === undefined) return { status: 'running' };
  const isProxied = await isBehindProxy(deps.world, connection);
  const reply = await probeOverSsh(deps, connection, isProxied ? limitsBehindProxy : limits);
  const { interrupted } = deps.world;
  if (interrupted.aborted) throw interruption(interrupted);
  return probeFrom(deps, connection, reply);
}

/** Probes Jupyter over ssh, a direct notebook's by https; compares its certificate with the console's. */
export async function probeOverSsh(
  deps: Deps,
  connection: SshConnection,
  probeLimits: ProbeLimits,
): Promise<ProbeReply> {
  const { server } = connection;
  const port = remotePortOf(server, deps.settings.notebook.port);
  const endpoint = { port, https: isDirect(server), ...apiRule };
  const probe = () => probeJupyter(connection, endpoint, deps.world, probeLimits);
  const reply = await withPauses(deps, connection, probe);
  if (reply.certificate !== undefined) await compare(deps, server, reply.certificate);
  return reply;
}

/**
 * ssh has verified the VM, so Jupyter may present any certificate here; but browsers should get the one that
 * the console reported. The console may report another one since it was last read.
 */
async function compare(deps: Deps, server: Server, presented: string): Promise<void> {
  const known = knownCertificate(deps.stateFolder, server);
  if (known === presented) return;
  const reported = (await readCertificate(deps, server)) ?? known;
  if (reported === presented) return;
  if (reported === undefined) {
    if (await hasVerifiedHostKey(deps, server)) {
      await recordCertificate(deps, server, { certificate: presented });
    }
    return;
  }
  const name = nameOf(server);
  deps.warn(
    `Jupyter on ${name} presents another certificate (SHA-256 ${inPairs(presented)}) than its VM reported on its console. (nubes-nb restart ${name} --jupyter-only reports it again)`,
  );
}

async function probeFrom(
  deps: Deps,
  connection: SshConnection,
  { answer, stderr }: ProbeReply,
): Promise<Probe> {
  switch (answer) {
    case 'answers':
      return { status: 'ready' };
    case 'forwarding refused':
      return { status: 'running' };
    case 'jupyter down':
    case 'no TLS':
      return { status: 'unreachable', why: jupyterDown(connection) };
    case 'login':
    case 'configuration':
      return { status: 'running', why: await sshFailure(deps, connection, stderr) };
    case 'host key':
    case 'connection':
    case 'timed out':
      return { status: 'unreachable', why: await sshFailure(deps, connection, stderr) };
  }
}
