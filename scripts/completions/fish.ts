import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

export function fishScript(program: CommandWords): string {
  const commands = everyCommand(program);
  return `# fish completion for nubes-nb, made by \`npm run generate\` from the command tree.

# True in the command with this path when this many of its arguments stand before the cursor.
function __nubes_nb_at -a path position
    set -l at ''
    set -l count 0
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at:$word"
            case ${commands.flatMap(valuedFlags).join(' ')}
                set skip 1
            case '*:-*'
${commands.slice(1).map(step).join('\n')}
            case '*'
                set count (math $count + 1)
        end
    end
    test "$at" = "$path"; and begin
        test -z "$position"; or test $count = "$position"
    end
end

complete -c nubes-nb -f
${commands.flatMap(commandLines).join('\n')}
`;
}

function valuedFlags({ path, flags }: CommandWords): string[] {
  return flags
    .filter(({ value }) => value !== undefined)
    .flatMap(({ names }) => names.map((name) => quoted(`${path || '*'}:${name}`)));
}

function step({ path, names }: CommandWords): string {
  const parent = path.split(' ').slice(0, -1).join(' ');
  const patterns = names.map((name) => quoted(`${parent}:${name}`)).join(' ');
  return `            case ${patterns}\n                set at ${quoted(path)}`;
}

function commandLines(command: CommandWords): string[] {
  const { path, commands, flags, values } = command;
  return [
    ...commands.flatMap(({ names, about }) =>
      names.map((name) => `complete -c nubes-nb${at(path, 0)} -a ${name} -d ${quoted(about)}`),
    ),
    ...values.flatMap((value, position) =>
      value.kind === 'free'
        ? []
        : [`complete -c nubes-nb${at(path, position)}${valueWords(value)}`],
    ),
    ...flags.map((flag) => flagLine(path, flag)),
  ];
}

function flagLine(path: string, { names, about, value }: Flag): string {
  const spellings = names.map((name) =>
    name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`,
  );
  const where = path === '' ? '' : at(path);
  const required = value === undefined ? '' : ` -r${valueWords(value)}`;
  return `complete -c nubes-nb${where}${spellings.join('')}${required} -d ${quoted(about)}`;
}

function valueWords(value: Value): string {
  if (value.kind === 'words') return ` -f -a ${quoted(value.words.join(' '))}`;
  return value.kind === 'file' ? ' -F' : ' -f';
}

function at(path: string, position?: number): string {
  const place = position === undefined ? '' : ` ${position}`;
  return ` -n ${quoted(`__nubes_nb_at ${quotedInside(path)}${place}`)}`;
}

function quotedInside(path: string): string {
  return /^\w+$/.test(path) ? path : `"${path}"`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
