import { namesFolder } from '../../src/completion/layout.ts';
import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

export function zshScript(program: CommandWords): string {
  return `#compdef nubes-nb
# zsh completion for nubes-nb, made by \`npm run generate\` from the command tree.

_nubes_nb() {
  # Seen by the functions that read names.
  local -a typed=("\${(@Q)words[1,CURRENT]}")
  # Seen by the functions below, which all commands' flags and these are given to.
  local -a global=(
${program.flags.flatMap(specs).map(indented).join('\n')}
  )
${body(program)}
}

${everyCommand(program).slice(1).map(commandFunction).join('\n\n')}

${readers}

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
    const values = command.values
      .map((value) => ` ${quoted(`${value.several ? '*' : ''}:${messageOf(value)}`)}`)
      .join('');
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
  return `${value.name}:${actionOf(value)}`;
}

/** With a space in front, zsh calls the function with these words alone. */
function actionOf(value: Value): string {
  switch (value.kind) {
    case 'file':
      return '_files';
    case 'notebook':
      return ` _nubes-nb-notebooks ${value.statuses.join(' ')}`;
    case 'location':
      return ` _nubes-nb-locations ${value.statuses.join(' ')}`;
    case 'image':
    case 'size':
    case 'context':
      return ` _nubes-nb-names ${value.kind}s`;
    default:
      return '';
  }
}

function indented(line: string): string {
  return `    ${line}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Functions that offer names from the cache. compadd quotes what it inserts, and evaluates nothing. */
const readers = `# Sets reply to the lines of the file in which nubes-nb keeps names of this kind, without the first.
_nubes-nb-read() {
  local folder=$XDG_CACHE_HOME config=$NUBES_NB_CONFIG context=$NUBES_NB_CONTEXT file index
  for ((index = 2; index < $#typed; index++)); do
    case $typed[index] in
      --config) config=$typed[index+1] ;;
      --config=*) config=\${typed[index]#*=} ;;
      --context) context=$typed[index+1] ;;
      --context=*) context=\${typed[index]#*=} ;;
    esac
  done
  reply=()
  [[ $folder == /* ]] || folder=$HOME/.cache
  folder+=/nubes-nb/${namesFolder}
  file=$folder/contexts
  if [[ -n $config ]]; then
    [[ $config == /* ]] || return 1
    file+=\${config//\\//%}
  fi
  if [[ $1 != contexts ]]; then
    if [[ -n $NUBES_NB_APPLICATION_CREDENTIAL_ID ]]; then
      context=credential%$NUBES_NB_APPLICATION_CREDENTIAL_ID
    elif [[ -z $context && -f $file && -O $file ]]; then
      IFS= read -r context <$file
    fi
    [[ $context != */* ]] || return 1
    file=$folder/\${context:-default}.$1
  fi
  [[ -f $file && -O $file && -r $file ]] || return 1
  reply=("\${(@f)$(<$file)}")
  shift reply
}

# Sets names to the notebooks with one of these statuses.
_nubes-nb-with-status() {
  local -a reply
  local each
  _nubes-nb-read notebooks || return 1
  for each in $reply; do
    (( $argv[(Ie)\${each%% *}] )) && names+=(\${(s: :)each#* })
  done
  names=(\${names:#*[^a-z0-9-]*})
}

# Offers them.
_nubes-nb-notebooks() {
  local -a names expl
  _nubes-nb-with-status "$@" || return 1
  _wanted notebooks expl notebook compadd -a names
}

# Offers them, each with a colon, and files. Only the VM knows what follows a name and a colon.
_nubes-nb-locations() {
  local -a names expl
  local found=1
  [[ $PREFIX == *:* && \${PREFIX%%:*} != */* ]] && return 1
  _nubes-nb-with-status "$@" && _wanted notebooks expl notebook compadd -S : -a names && found=0
  _files && found=0
  return found
}

# Offers names that others have chosen.
_nubes-nb-names() {
  local -a reply expl
  _nubes-nb-read $1 || return 1
  reply=(\${\${reply:#-*}:#*[[:cntrl:]]*})
  _wanted $1 expl \${1%s} compadd -a reply
}`;
