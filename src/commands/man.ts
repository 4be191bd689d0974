import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError, unwritable } from '../errors.ts';
import { makeFolderSync } from '../folder.ts';
import { type Report, sentences } from '../terminal/report.ts';

export function declare(command: Command, toAction: ToAction): void {
  const shown = toAction(man);
  command
    .argument('[command...]', 'command; without one, the page of nubes-nb itself')
    .option('--folder <folder>', 'write all pages into this folder, for man to find')
    .addHelpText(
      'after',
      `
On a terminal man shows the page; otherwise its source is printed.

Examples:
  nubes-nb man config set
  nubes-nb man --folder ~/.local/share/man/man1`,
    )
    .action((words: string[], ...rest: unknown[]) => shown(fullNames(command, words), ...rest));
}

/** `rm` has the page of `delete`. */
function fullNames({ parent }: Command, [first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  const called = parent?.commands.find((each) => each.aliases().includes(first));
  return [called?.name() ?? first, ...rest];
}

export async function man(
  { world, terminal, flags }: App,
  words: readonly string[],
  { folder }: { readonly folder?: string },
): Promise<Report> {
  const pages = join(world.self.root, 'man');
  const files = readdirSync(pages).filter((name) => name.endsWith('.1'));
  if (folder !== undefined) return written(pages, files, { folder, words });
  const file = `${['nubes-nb', ...words].join('-')}.1`;
  if (!files.includes(file)) throw noPage(words);
  const page = readFileSync(join(pages, file), 'utf8').trimEnd();
  const isForPeople = terminal.isTty && terminal.output === 'table' && !flags.quiet;
  if (isForPeople) {
    const { showPage } = await import('../terminal/manual.ts');
    await showPage(`${page}\n`, world, [...words, '--help'].join(' '));
    return { data: null, alreadyPrinted: true };
  }
  return { data: { file, page }, names: [file], text: () => page.split('\n') };
}

function noPage(words: readonly string[]): NubesError {
  return new NubesError('USAGE', `There is no command '${words.join(' ')}'.`, {
    hint: 'nubes-nb --help lists all commands',
  });
}

function written(
  pages: string,
  files: readonly string[],
  { folder, words }: { readonly folder: string; readonly words: readonly string[] },
): Report {
  if (words.length > 0) {
    throw new NubesError('USAGE', '--folder writes all pages, so it takes no command.', {
      hint: `nubes-nb man ${words.join(' ')} shows one`,
    });
  }
  try {
    makeFolderSync(folder);
    for (const file of files) writeFileSync(join(folder, file), readFileSync(join(pages, file)));
  } catch (error) {
    throw unwritable(folder, error, '--folder FOLDER');
  }
  return {
    data: { folder, files },
    names: files,
    text: () => sentences(`${files.length} pages are in ${folder}.`),
  };
}
