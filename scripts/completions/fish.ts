import { namesFolder } from '../../src/completion/layout.ts';
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

# Prints the path of the file in which nubes-nb keeps names of this kind; fails if there is none.
function __nubes_nb_file -a kind
    set -l folder "$XDG_CACHE_HOME"
    set -l config "$NUBES_NB_CONFIG"
    set -l context "$NUBES_NB_CONTEXT"
    set -l words (commandline -opc)
    set -l flag ''
    for word in $words
        switch "$flag"
            case --config
                set config $word
            case --context
                set context $word
        end
        set flag $word
        switch $word
            case '--config=*'
                set config (string replace -- --config= '' $word)
            case '--context=*'
                set context (string replace -- --context= '' $word)
        end
    end
    string match -q '/*' -- $folder; or set folder "$HOME/.cache"
    set folder "$folder/nubes-nb/${namesFolder}"
    set -l file "$folder/contexts"
    if test -n "$config"
        string match -q '/*' -- $config; or return 1
        set file $file(string replace -a / % -- $config)
    end
    if test $kind != contexts
        if test -n "$NUBES_NB_APPLICATION_CREDENTIAL_ID"
            set context "credential%$NUBES_NB_APPLICATION_CREDENTIAL_ID"
        else if test -z "$context" -a -f "$file" -a -O "$file"
            read context <$file
        end
        string match -q '*/*' -- $context; and return 1
        test -n "$context"; or set context default
        set file "$folder/$context.$kind"
    end
    test -f "$file" -a -O "$file" -a -r "$file"; and echo -- $file
end

# Prints the notebooks with one of these statuses. Fish escapes what it inserts, and evaluates nothing.
function __nubes_nb_notebooks
    set -l file (__nubes_nb_file notebooks); or return
    string replace -rf '^(?:'(string join '|' $argv)') ([a-z0-9 -]+)$' '$1' <$file | string split ' '
end

# The same with a colon each.
function __nubes_nb_locations
    __nubes_nb_local; and string replace -r '(.)$' '$1:' -- (__nubes_nb_notebooks $argv)
end

# True unless the word is a path on a VM, which only the VM knows.
function __nubes_nb_local
    not string match -qr '^[^/]*:' -- (commandline -ct)
end

# Prints names that others have chosen.
function __nubes_nb_names -a kind
    set -l file (__nubes_nb_file $kind); or return
    set -l names (string match -r '^.*$' <$file)
    set -e names[1]
    string match -rv '^-|[[:cntrl:]]' -- $names
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
      valueLines(path, value, value.several ? undefined : position),
    ),
    ...flags.map((flag) => flagLine(path, flag)),
  ];
}

function valueLines(path: string, value: Value, position: number | undefined): string[] {
  if (value.kind === 'free') return [];
  const line = `complete -c nubes-nb${at(path, position)}${valueWords(value)}`;
  if (value.kind !== 'location') return [line];
  return [line, `complete -c nubes-nb${at(path, position, '; and __nubes_nb_local')} -F`];
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
  switch (value.kind) {
    case 'words':
      return ` -f -a ${quoted(value.words.join(' '))}`;
    case 'file':
      return ' -F';
    case 'free':
      return ' -f';
    case 'notebook':
      return ` -f -a '(__nubes_nb_notebooks ${value.statuses.join(' ')})'`;
    case 'location':
      return ` -f -a '(__nubes_nb_locations ${value.statuses.join(' ')})'`;
    default:
      return ` -f -a '(__nubes_nb_names ${value.kind}s)'`;
  }
}

function at(path: string, position?: number, more = ''): string {
  const place = position === undefined ? '' : ` ${position}`;
  return ` -n ${quoted(`__nubes_nb_at ${quotedInside(path)}${place}${more}`)}`;
}

function quotedInside(path: string): string {
  return /^\w+$/.test(path) ? path : `"${path}"`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
