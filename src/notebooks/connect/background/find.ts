import { NubesError } from '../../../errors.ts';
import type { World } from '../../../world.ts';
import { jupyterAnswers } from '../../jupyter/api-check.ts';
import { poll } from '../../waiting.ts';
import { type RunningTunnel, runningTunnel, type TunnelPlace } from './registry.ts';

/** Where a tunnel is looked for, and for how long, in ms. */
interface Lookup extends TunnelPlace {
  readonly world: World;
  readonly timeout: number;
  readonly tell: (text: string) => void;
}

/**
 * The local port of the tunnel that `tunnel --background` has left open to a notebook, once it has a Jupyter
 * behind it; undefined where there is none. Throws UNREACHABLE.
 */
export async function runningPort(lookup: Lookup, id: string): Promise<number | undefined> {
  const standing = await runningTunnel(lookup, id);
  return standing === undefined ? undefined : portOnceOpen(lookup, standing);
}

/** While it is down, another program may have its port. */
async function portOnceOpen(
  lookup: Lookup,
  { id, name, state, url }: RunningTunnel,
): Promise<number> {
  const { world, timeout, tell } = lookup;
  const watch = { world, deadline: world.now().getTime() + timeout };
  if (state === 'down') {
    tell(`The tunnel to ${name} in the background is down; waiting until it is open again.`);
  }
  const open = await poll(watch, async () => {
    const now = await runningTunnel(lookup, id);
    return now?.state === 'down' ? undefined : { tunnel: now };
  });
  if (open?.tunnel === undefined) throw staysDown(name);
  if (!(await jupyterAnswers(watch, url))) throw silent(name);
  return open.tunnel.localPort;
}

function staysDown(name: string): NubesError {
  return new NubesError('UNREACHABLE', `The tunnel to ${name} in the background stays down.`, {
    hint: `nubes-nb tunnel ${name} --stop, then nubes-nb open ${name}.`,
  });
}

/** What is told of a tunnel, an old or a new one, that has no Jupyter behind it. */
export function silent(name: string): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The tunnel to ${name} stands, but Jupyter does not answer behind it.`,
    { hint: `nubes-nb logs ${name} shows its console; nubes-nb restart ${name} starts it anew.` },
  );
}
