import type { Key } from '../src/settings/keys.ts';
import { type CommandWords, everyCommand, type Flag, type Value } from './completions/words.ts';

/** The part of a Markdown text between `<!-- name -->` and `<!-- /name -->`. Throws when there is none. */
export function section(markdown: string, name: string): string {
  const found = between(name).exec(markdown)?.[2];
  if (found === undefined) throw new Error(`there are no markers for '${name}'`);
  return found;
}

export function withSection(markdown: string, name: string, content: string): string {
  section(markdown, name);
  return markdown.replace(between(name), (_all, from, _old, to) => `${from}${content}\n${to}`);
}

/** Commands that do something, with their arguments and flags. */
export function commandTable(program: CommandWords): string {
  const leaves = everyCommand(program).filter(({ commands }) => commands.length === 0);
  return table(
    ['Command', 'What it does', 'Its flags'],
    leaves.map((command) => [
      code([command.path, ...command.values.map(placeholder)].join(' ')) + aliases(command),
      command.about,
      command.flags.map(flagText).join(', '),
    ]),
  );
}

export function globalFlagTable(program: CommandWords): string {
  return table(
    ['Flag', 'What it does'],
    program.flags.map((flag) => [flagText(flag), flag.about]),
  );
}

export function settingTable(keys: readonly Key[]): string {
  return table(
    ['Setting', 'What it is for', 'Default', 'What it takes'],
    keys.map(({ name, about, initial, kind }) => [
      code(name),
      about,
      initial === undefined || String(initial) === '' ? '' : code(String(initial)),
      kind.expects,
    ]),
  );
}

function between(name: string): RegExp {
  return new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);
}

function aliases({ names: [, ...others] }: CommandWords): string {
  return others.map((alias) => `, ${code(alias)}`).join('');
}

function placeholder(value: Value): string {
  const word = value.kind === 'words' ? value.words.join('|') : value.name.toUpperCase();
  return value.several === true ? `${word}…` : word;
}

function flagText({ names, value }: Flag): string {
  return code([names.join(', '), ...(value === undefined ? [] : [placeholder(value)])].join(' '));
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
