import type { World } from './world.ts';

/** The variables of this program's environment whose name `isKept`, for a child process. */
export function keepVariables(
  environment: World['environment'],
  isKept: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isKept(entry[0]),
    ),
  );
}
