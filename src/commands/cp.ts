import type { Command } from 'commander';
import type { App } from '../app.ts';
import { NubesError } from '../errors.ts';
import { type Copy, copyFiles } from '../notebooks/connect/copy.ts';
import { isReference } from '../notebooks/name.ts';
import type { Report } from '../terminal/report.ts';
import type { World } from '../world.ts';
import type { Act } from './options/action.ts';

export function declare(command: Command, act: Act): void {
  command
    .argument('<source>', 'a file or folder, here or NAME:PATH')
    .argument('<target>', 'where to put it, here or NAME:PATH')
    .addHelpText(
      'after',
      `
Paths on the VM begin at the home folder of your account.

Examples:
  nubes-nb cp data.csv lpd-tests:notebooks/
  nubes-nb cp lpd-tests:notebooks ./backup`,
    )
    .action(act(copyFile));
}

export async function copyFile(app: App, source: string, target: string): Promise<Report> {
  const { reference, copy } = copyFrom(source, target, app.world);
  await copyFiles(await app.deps(), reference, copy, app.terminal.mayAsk);
  return { data: { source, target }, names: [], text: () => '' };
}

/** Throws USAGE unless exactly one of the two is on a notebook. */
function copyFrom(
  source: string,
  target: string,
  world: World,
): { readonly reference: string; readonly copy: Copy } {
  const from = placeOf(source, world);
  const to = placeOf(target, world);
  if (from.reference === undefined && to.reference !== undefined) {
    const copy = { direction: 'upload', local: from.path, remote: to.path } as const;
    return { reference: to.reference, copy };
  }
  if (from.reference !== undefined && to.reference === undefined) {
    const copy = { direction: 'download', local: to.path, remote: from.path } as const;
    return { reference: from.reference, copy };
  }
  throw new NubesError('USAGE', 'One of the two must be on a notebook, and the other one here.', {
    hint: 'a place on a notebook is NAME:PATH; a file here with a colon is ./a:b.',
  });
}

interface Place {
  /** Undefined: here. */
  readonly reference: string | undefined;
  readonly path: string;
}

function placeOf(text: string, { platform }: World): Place {
  const [, reference = '', path = ''] = /^([^/\\:]*):([\s\S]*)$/.exec(text) ?? [];
  const isDrive = platform === 'win32' && /^[A-Za-z]:[\\/]/.test(text);
  return isReference(reference) && !isDrive
    ? { reference, path }
    : { reference: undefined, path: text };
}
