import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { Copy } from '../notebooks/connect/copy.ts';
import { isReference } from '../notebooks/name.ts';
import type { Report } from '../terminal/report.ts';
import type { World } from '../world.ts';

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('<source>', 'local path or NAME:PATH')
    .argument('<target>', 'local path or NAME:PATH')
    .addHelpText(
      'after',
      `
Relative paths on the VM start in the home folder of your account.

Examples:
  nubes-nb cp data.csv lpd-tests:notebooks/
  nubes-nb cp lpd-tests:notebooks ./backup`,
    )
    .action(toAction(copyFile));
}

export async function copyFile(app: App, source: string, target: string): Promise<Report> {
  const { reference, copy } = copyFrom(source, target, app.world);
  const { copyFiles } = await import('../notebooks/connect/copy.ts');
  await copyFiles(await app.deps(), reference, copy, app.terminal.mayAsk);
  return { data: { source, target }, names: [], text: () => '' };
}

/** Throws USAGE unless exactly one of the two is on a notebook. */
function copyFrom(
  source: string,
  target: string,
  world: World,
): { readonly reference: string; readonly copy: Copy } {
  const from = locationOf(source, world);
  const to = locationOf(target, world);
  if (from.reference === undefined && to.reference !== undefined) {
    const copy = { direction: 'upload', local: from.path, remote: to.path } as const;
    return { reference: to.reference, copy };
  }
  if (from.reference !== undefined && to.reference === undefined) {
    const copy = { direction: 'download', local: to.path, remote: from.path } as const;
    return { reference: from.reference, copy };
  }
  throw new NubesError('USAGE', 'One path must be on a notebook and the other one local.', {
    hint: 'write a path on a notebook as NAME:PATH, and a local file with a colon as ./a:b',
  });
}

interface Location {
  /** Undefined for a local path. */
  readonly reference: string | undefined;
  readonly path: string;
}

function locationOf(text: string, { platform }: World): Location {
  const [, reference = '', path = ''] = /^([^/\\:]*):([\s\S]*)$/.exec(text) ?? [];
  const isDrive = platform === 'win32' && /^[A-Za-z]:[\\/]/.test(text);
  return isReference(reference) && !isDrive
    ? { reference, path }
    : { reference: undefined, path: text };
}
