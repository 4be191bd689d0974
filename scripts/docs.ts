import type { Key } from '../src/settings/keys.ts';
import { type CommandWords, everyCommand } from './completions/words.ts';

/** The part of a Markdown text between `<!-- name -->` and `<!-- /name -->`. Throws if it is missing. */
export function section(markdown: string, name: string): string {
  const found = between(name).exec(markdown)?.[2];
  if (found === undefined) throw new Error(`The markers for '${name}' are missing.`);
  return found;
}

export function withSection(markdown: string, name: string, content: string): string {
  section(markdown, name);
  return markdown.replace(between(name), (_all, from, _old, to) => `${from}${content}\n${to}`);
}

/** A table of all commands, then the help of each. `helpOf` returns what `--help` prints for a path. */
export async function commandReference(
  program: CommandWords,
  helpOf: (path: string) => Promise<string>,
): Promise<string> {
  const commands = everyCommand(program).filter(({ path }) => path !== '');
  const leaves = commands.filter((command) => command.commands.length === 0);
  const index = table(
    ['Command', 'What it does'],
    leaves.map((command) => [links(command), command.about]),
  );
  const helps = await Promise.all(leaves.map(async ({ path }) => help(path, await helpOf(path))));
  return [index, ...helps].join('\n\n');
}

export function flagReference(program: CommandWords): string {
  return table(
    ['Flag', 'What it does'],
    program.flags.map(({ names, value, about }) => {
      const words = value?.kind === 'words' ? value.words.join('|') : `<${value?.name}>`;
      return [code([names.join(', '), ...(value === undefined ? [] : [words])].join(' ')), about];
    }),
  );
}

/** A table for each section of the settings file. */
export function settingReference(keys: readonly Key[]): string {
  const sections = [...new Set(keys.map(sectionOf))];
  return sections
    .map((section) => {
      const heading = section === '' ? '' : `### ${section}\n\n`;
      return heading + settingTable(keys.filter((key) => sectionOf(key) === section));
    })
    .join('\n\n');
}

function sectionOf({ name }: Key): string {
  return name.replace(/\.?[^.]+$/, '');
}

function settingTable(keys: readonly Key[]): string {
  return table(
    ['Setting', 'What it is for', 'Default', 'Value'],
    keys.map(({ name, about, defaultValue, kind }) => [
      code(name),
      about,
      defaultValue === undefined || String(defaultValue) === '' ? '' : code(String(defaultValue)),
      kind.expects,
    ]),
  );
}

function between(name: string): RegExp {
  return new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);
}

function links({ path, names: [, ...aliases] }: CommandWords): string {
  const others = aliases.map((alias) => `, ${code(alias)}`).join('');
  return `[${code(path)}](#${path.replaceAll(' ', '-')})${others}`;
}

/** The last line of each help names the global flags, which have a table of their own here. */
function help(path: string, text: string): string {
  const own = text.replace(/\nGlobal flags: .*\n$/, '').trimEnd();
  return `### ${path}\n\n\`\`\`text\n${own}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
