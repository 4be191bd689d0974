import { NubesError } from '../../../errors.ts';
import type { World } from '../../../world.ts';
import { answersThroughTunnel } from '../../jupyter-api.ts';
import { poll } from '../../waiting.ts';
import { findTunnel, type TunnelRegistry } from './registry.ts';

interface Lookup extends TunnelRegistry {
  readonly world: World;
  readonly timeoutMs: number;
  readonly onMessage: (text: string) => void;
}

/**
 * The local port of a notebook's background tunnel, once Jupyter answers through it; undefined if there is
 * no such tunnel. Throws UNREACHABLE.
 */
export async function backgroundPort(lookup: Lookup, id: string): Promise<number | undefined> {
  const { world, timeoutMs, onMessage } = lookup;
  const first = await findTunnel(lookup, id);
  if (first === undefined) return undefined;
  const { name, state, url } = first;
  const pollOptions = { world, deadline: world.now().getTime() + timeoutMs };
  if (state === 'down') {
    onMessage(`The background tunnel to ${name} is down; waiting until it is open again.`);
  }
  // While the tunnel is down, another program may use its port.
  const found = await poll(pollOptions, async () => {
    const tunnel = await findTunnel(lookup, id);
    return tunnel?.state === 'down' ? undefined : { tunnel };
  });
  if (found?.tunnel === undefined) throw staysDown(name);
  const answers = await answersThroughTunnel(pollOptions, { name, url }, onMessage);
  if (!answers) throw jupyterSilent(name);
  return found.tunnel.localPort;
}

function staysDown(name: string): NubesError {
  return new NubesError('UNREACHABLE', `The background tunnel to ${name} stays down.`, {
    hint: `nubes-nb tunnel ${name} --stop, then nubes-nb open ${name}`,
  });
}

/** The tunnel is open, but Jupyter does not answer through it. */
export function jupyterSilent(name: string): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The tunnel to ${name} is open, but Jupyter does not answer through it.`,
    { hint: `nubes-nb logs ${name} --source jupyter, then nubes-nb restart ${name}` },
  );
}
