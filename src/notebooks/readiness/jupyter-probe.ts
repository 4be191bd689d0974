import { NubesError } from '../../errors.ts';
import { backOff } from '../../ssh/back-off.ts';
import type { ProbeLimits, ProbeReply } from '../../ssh/jupyter-probe.ts';
import { mayHaveLoginKey } from '../../ssh/keys.ts';
import { isBehindProxy, lacksSsh } from '../../ssh/user-config.ts';
import { limitsBehindProxy, probeOverSsh } from '../connect/probe.ts';
import { afterLogin } from '../connect/refused-logins.ts';
import { hostKeyUnknown, type SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';

/** With the check of the port it keeps `create` within three seconds of Jupyter's first answer. */
const probeLimits: ProbeLimits = { timeoutMs: 1_300, connectTimeoutSeconds: 1 };

export type ProbeAnswer = ProbeReply['answer'] | 'no key without a passphrase prompt' | 'no ssh';

export interface JupyterProbe {
  readonly run: (connection: SshConnection) => Promise<ProbeAnswer>;
  readonly last: () => ProbeAnswer | undefined;
  readonly hasLoggedIn: () => boolean;
}

export function jupyterProbe(deps: Deps, isProxied: ProxyCheck): JupyterProbe {
  const pause = backOff(deps.world.now);
  let last: ProbeAnswer | undefined;
  let isWarned = false;
  return {
    run: async (connection) => {
      const { name, target } = connection;
      if (last !== undefined && !pause.isOver()) return last;
      if (!(await mayHaveLoginKey(deps.world, target.keyFile))) {
        return 'no key without a passphrase prompt';
      }
      if (!target.pinned && !isWarned) {
        isWarned = true;
        deps.warn(hostKeyUnknown(name));
      }
      if (await lacksSsh(deps.world)) return 'no ssh';
      const limits = (await isProxied(connection)) ? limitsBehindProxy : probeLimits;
      const probe = probeOverSsh(deps, connection, limits);
      last = (await probe.catch(ifNoSsh)).answer;
      // sshd counts the others against this computer's address.
      if (!hasLoggedIn(last)) pause.extend();
      return last;
    },
    last: () => last,
    hasLoggedIn: () => hasLoggedIn(last),
  };
}

function hasLoggedIn(answer: ProbeAnswer | undefined): boolean {
  return afterLogin.some((each) => each === answer);
}

/** Whether only ssh reaches the VM, by the user's ssh configuration. */
export type ProxyCheck = (connection: SshConnection) => Promise<boolean>;

export function proxyCheck({ world }: Deps): ProxyCheck {
  const known = new Map<string, Promise<boolean>>();
  return (connection) => {
    const { host } = connection.target;
    const found = known.get(host) ?? isBehindProxy(world, connection);
    known.set(host, found);
    return found;
  };
}

function ifNoSsh(error: unknown): { readonly answer: 'no ssh' } {
  if (error instanceof NubesError && error.code === 'CONFIGURATION') return { answer: 'no ssh' };
  throw error;
}
