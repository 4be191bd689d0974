import type { Deps } from '../../deps.ts';
import { nameTaken } from '../../errors.ts';
import { listOwn } from '../../find.ts';
import { nameOf } from '../../identity.ts';
import { statusOf } from '../../status.ts';

/** The names that a new notebook cannot have. */
export interface TakenNames {
  readonly has: (name: string) => boolean;
  /** `notebook`, or with the first number that makes it free. */
  readonly suggestion: string;
  /** Throws NAME_TAKEN. */
  readonly refuse: (name: string) => void;
}

export async function takenNames(deps: Deps): Promise<TakenNames> {
  const own = await listOwn(deps);
  const taken = new Map(own.map((server) => [nameOf(server), statusOf(server)]));
  let suggestion = 'notebook';
  for (let number = 2; taken.has(suggestion); number += 1) suggestion = `notebook-${number}`;
  return {
    suggestion,
    has: (name) => taken.has(name),
    refuse: (name) => {
      const status = taken.get(name);
      if (status !== undefined) throw nameTaken(name, status);
    },
  };
}
