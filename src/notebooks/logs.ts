import { NubesError } from '../errors.ts';
import * as servers from '../openstack/compute/servers.ts';
import { nameOf } from './identity.ts';
import type { Desk } from './notebooks.ts';
import { find } from './search.ts';

/** What a VM wrote, oldest line first: hostile text. */
export interface Log {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The last lines of the VM's console. Throws NOT_FOUND where the cloud shows none. */
export async function consoleLog(desk: Desk, reference: string, count: number): Promise<Log> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  const text = await servers.consoleOutput(desk.compute, server.id, count);
  if (text === undefined) {
    throw new NubesError('NOT_FOUND', `The cloud shows no console of ${name}, or not yet.`, {
      hint: `nubes-nb show ${name} tells its state.`,
    });
  }
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return { name, lines: text === '' ? [] : lines.slice(-count) };
}
