import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

export function zshScript(program: CommandWords): string {
  return `#compdef nubes-nb
# zsh completion for nubes-nb, made by \`npm run generate\` from the command tree.

_nubes_nb() {
  # Seen by the functions below, which all commands' flags and these are given to.
  local -a global=(
${program.flags.flatMap(specs).map(indented).join('\n')}
  )
${body(program)}
}

${everyCommand(program).slice(1).map(commandFunction).join('\n\n')}

if [[ $funcstack[1] == _nubes-nb ]]; then
  _nubes_nb "$@"
else
  compdef _nubes_nb nubes-nb
fi
`;
}

function commandFunction(command: CommandWords): string {
  const own = command.flags.flatMap(specs).map((spec) => `\n${indented(spec)}`);
  return `${functionOf(command)}() {
  local -a own=(${own.join('')}${own.length === 0 ? '' : '\n  '})
${body(command)}
}`;
}

function body(command: CommandWords): string {
  const flags = command.path === '' ? '"$global[@]"' : '"$global[@]" "$own[@]"';
  if (command.commands.length === 0) {
    const values = command.values.map((value) => ` ${quoted(`:${messageOf(value)}`)}`).join('');
    return `  _arguments -s ${flags}${values}`;
  }
  const branches = command.commands.map(
    (child) => `    ${child.names.join('|')}) ${functionOf(child)} ;;`,
  );
  const described = command.commands.flatMap(({ names, about }) =>
    names.map((name) => indented(quoted(`${name}:${about.replaceAll(':', '\\:')}`))),
  );
  return `  local curcontext="$curcontext" context state state_descr line
  typeset -A opt_args
  _arguments -s -C ${flags} '1:command:->command' '*::argument:->argument' && return
  if [[ $state == command ]]; then
    local -a commands=(
${described.map(indented).join('\n')}
    )
    _describe command commands
    return
  fi
  case $words[1] in
${branches.join('\n')}
  esac`;
}

function functionOf({ path }: CommandWords): string {
  return `_nubes_nb_${path.replaceAll(' ', '_')}`;
}

/** One spec for each spelling; a flag that is there already is not offered again. */
function specs({ names, about, value }: Flag): string[] {
  const exclusion = names.length > 1 ? `(${names.join(' ')})` : '';
  const words = about.replace(/[[\]:\\]/g, '\\$&');
  return names.map((name) => {
    if (value === undefined) return quoted(`${exclusion}${name}[${words}]`);
    const joint = name.startsWith('--') ? '=' : '+';
    return quoted(`${exclusion}${name}${joint}[${words}]:${messageOf(value)}`);
  });
}

/** Commander's `name` or `file`, and what completes it. */
function messageOf(value: Value): string {
  if (value.kind === 'words') return `${value.name}:(${value.words.join(' ')})`;
  return `${value.name}:${value.kind === 'file' ? '_files' : ''}`;
}

function indented(line: string): string {
  return `    ${line}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
