import { NubesError, sentence, withoutStop } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { type BackgroundPortCheck, backgroundPortCheck } from '../../ssh/port-check.ts';
import { explainUnreachable, hostKeyChanged } from '../connect/diagnose.ts';
import { type SshConnection, sshConnection } from '../connect/ssh-connection.ts';
import type { PackagesMarker } from '../console/log.ts';
import { type ConsoleState, watchConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { withHint } from '../errors.ts';
import { packagesScriptPath } from '../first-boot/packages.ts';
import { nameOf } from '../identity.ts';
import type { OnProgress } from '../waiting.ts';
import { type JupyterProbe, jupyterProbe, type ProxyCheck, proxyCheck } from './jupyter-probe.ts';

/** What one check found. `unknown`: neither the console nor ssh can show whether Jupyter is ready. */
export type CheckResult =
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly via: 'ssh' }
  | { readonly state: 'ready'; readonly via: 'console'; readonly caveat?: Caveat | undefined }
  | { readonly state: 'unknown'; readonly why: string };

/** Why Jupyter was not checked over ssh as well. */
export interface Caveat {
  readonly level: 'warning' | 'note';
  readonly text: string;
}

/** Checks whether Jupyter is ready on a VM that has an address. */
export interface JupyterCheck {
  /** Throws BUILD_FAILED if the console reports that Jupyter failed to start. */
  readonly check: () => Promise<CheckResult>;
  /** Facts that the checks so far have found. */
  readonly facts: () => CheckFacts;
  /** No further progress is reported. */
  readonly stop: () => void;
}

export interface CheckFacts {
  /** sshd answers this computer. */
  readonly sshAnswers: boolean;
  /** The last probe over ssh found nothing at Jupyter's port. */
  readonly jupyterDown: boolean;
  /** Undefined: the console has reported nothing about packages. */
  readonly packages: PackagesMarker['state'] | undefined;
}

/** With the probe's it keeps `create` within three seconds of Jupyter's first answer. */
const portCheckTimeoutMs = 1_200;
/** Without a console only sshd shows that the VM is booting; this is its limit. */
const sshdTimeoutMs = 90_000;

/**
 * The console's ready marker counts; if this computer reaches the VM, Jupyter must answer over ssh as well.
 * The SSH port is checked while the console is read, so that the probe takes no time of its own.
 */
export function startJupyterCheck(
  deps: Deps,
  server: Server,
  { earlierBoot, onProgress }: CheckOptions,
): JupyterCheck {
  const name = nameOf(server);
  const readState = watchConsole(deps, server, earlierBoot);
  const packages = packagesReporter(deps, name, onProgress);
  const { now } = deps.world;
  const sshPort = backgroundPortCheck({
    timeoutMs: portCheckTimeoutMs,
    now,
    onAnswer: (host) => {
      onProgress({ name: 'ssh', detail: `sshd answers at ${host}` });
      onProgress(packages.step());
    },
  });
  const isProxied = proxyCheck(deps);
  const probe = jupyterProbe(deps, isProxied);
  const vm: CheckedVm = { deps, name, sshPort, isProxied, probe, startedMs: now().getTime() };
  onProgress({ name: 'ssh', detail: 'waiting for sshd' });
  return {
    check: async () => {
      const connection = await sshConnection(deps, server);
      if (connection !== undefined && !(await isProxied(connection))) {
        sshPort.start(connection.target);
      }
      const state = await readState();
      packages.report(state.packages);
      if (state.state === 'failed') throw jupyterFailed(name, state.reason);
      // Reading the console may have pinned the host key.
      return checkOverSsh(vm, state, connection, await sshConnection(deps, server));
    },
    facts: () => ({
      sshAnswers: sshPort.last() === 'answers' || probe.hasLoggedIn(),
      jupyterDown: probe.last() === 'jupyter down',
      packages: packages.state(),
    }),
    stop: sshPort.stop,
  };
}

interface CheckOptions {
  /** The boot that the console reported before a start; only another one counts. */
  readonly earlierBoot?: string | undefined;
  readonly onProgress: OnProgress;
}

interface CheckedVm {
  readonly deps: Deps;
  readonly name: string;
  readonly sshPort: BackgroundPortCheck;
  readonly isProxied: ProxyCheck;
  readonly probe: JupyterProbe;
  readonly startedMs: number;
}

const pending = { state: 'pending' } as const;
const readyOverSsh = { state: 'ready', via: 'ssh' } as const;

async function checkOverSsh(
  vm: CheckedVm,
  console: ConsoleState,
  earlier: SshConnection | undefined,
  connection: SshConnection | undefined,
): Promise<CheckResult> {
  switch (console.state) {
    case 'pending':
    case 'failed':
      return pending;
    case 'no-marker':
      return earlier?.target.pinned === true ? checkWithoutMarker(vm, earlier) : pending;
    case 'ready':
      return connection === undefined
        ? { state: 'ready', via: 'console' }
        : confirmOverSsh(vm, connection);
    case 'unavailable':
      return connection === undefined
        ? unknown(vm.name, console.refusal)
        : checkWithoutConsole(vm, connection, console.refusal);
  }
}

/** The console has the ready marker. A computer without a route to the VM cannot do better. */
async function confirmOverSsh(vm: CheckedVm, connection: SshConnection): Promise<CheckResult> {
  const { deps, name } = vm;
  const port = await vm.sshPort.result();
  if (port !== undefined && port !== 'answers') {
    const error = await explainUnreachable(deps, connection, port);
    return readyByConsole(
      'warning',
      `${name} is ready according to its console, but this computer cannot reach it. ${withHint(error)}`,
    );
  }
  const answer = await vm.probe.run(connection);
  if (answer === 'answers') return readyOverSsh;
  if (answer === 'jupyter down') return pending;
  return answer === 'host key'
    ? readyByConsole('warning', withHint(hostKeyChanged(connection)))
    : readyByConsole('note', `Jupyter on ${name} was not checked over ssh (${answer}).`);
}

function readyByConsole(level: Caveat['level'], text: string): CheckResult {
  return { state: 'ready', via: 'console', caveat: { level, text } };
}

/** Later output may have pushed the marker off the console. A pinned key shows that the VM was ready before. */
async function checkWithoutMarker(vm: CheckedVm, connection: SshConnection): Promise<CheckResult> {
  if (!(await mayLogIn(vm, connection))) return pending;
  return (await vm.probe.run(connection)) === 'answers' ? readyOverSsh : pending;
}

/** ssh alone reaches a VM behind a jump host. */
async function mayLogIn(vm: CheckedVm, connection: SshConnection): Promise<boolean> {
  return (await vm.isProxied(connection)) || (await vm.sshPort.result()) === 'answers';
}

/** Without a console only Jupyter itself shows that it is ready. */
async function checkWithoutConsole(
  vm: CheckedVm,
  connection: SshConnection,
  refusal: NubesError | undefined,
): Promise<CheckResult> {
  const { deps, name } = vm;
  if (await mayLogIn(vm, connection)) {
    const answer = await vm.probe.run(connection);
    if (answer === 'answers') return readyOverSsh;
    if (['jupyter down', 'no TLS', 'timed out', 'connection'].includes(answer)) return pending;
  } else if (deps.world.now().getTime() - vm.startedMs < sshdTimeoutMs) {
    return pending;
  }
  return unknown(name, refusal);
}

function unknown(name: string, refusal: NubesError | undefined): CheckResult {
  const console =
    refusal === undefined
      ? `this cloud shows no console of ${name}`
      : `the console of ${name} cannot be read (${withoutStop(refusal.message)})`;
  return { state: 'unknown', why: `${console}, and Jupyter cannot be checked over ssh.` };
}

interface PackagesReporter {
  /** Reports a change of the state. */
  readonly report: (marker: PackagesMarker | undefined) => void;
  readonly state: () => PackagesMarker['state'] | undefined;
  /** What is being waited for. */
  readonly step: () => { readonly name: string; readonly detail: string };
}

const installing = { name: 'packages', detail: 'being installed (at most 10 minutes)' };
const waitingForMarker = { name: 'jupyter', detail: 'waiting for the ready marker on the console' };

function packagesReporter(deps: Deps, name: string, onProgress: OnProgress): PackagesReporter {
  let state: PackagesMarker['state'] | undefined;
  return {
    report: (marker) => {
      if (marker === undefined || marker.state === state) return;
      const previous = state;
      state = marker.state;
      if (state === 'installing') onProgress(installing);
      else if (previous === 'installing') onProgress(waitingForMarker);
      if (state === 'failed') deps.warn(installFailed(name, marker.reason));
    },
    state: () => state,
    step: () => (state === 'installing' ? installing : waitingForMarker),
  };
}

function installFailed(name: string, reason: string): string {
  return `the packages of ${name} are not installed: ${sentence(reason, 'the VM gives no reason')} See nubes-nb logs ${name} --source packages; nubes-nb exec ${name} -- sh ${packagesScriptPath} retries.`;
}

function jupyterFailed(name: string, reason: string): NubesError {
  return new NubesError(
    'BUILD_FAILED',
    `The VM of ${name} runs, but Jupyter did not start: ${sentence(reason, 'the VM gives no reason')}`,
    { hint: `nubes-nb logs ${name} --source jupyter, then nubes-nb restart ${name}` },
  );
}
