import { namesFolder } from '../../src/completion/layout.ts';
import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

/** For bash 3.2 (macOS) and later, without the bash-completion package. Starts no process. */
export function bashScript(program: CommandWords): string {
  const commands = everyCommand(program);
  const flags = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ pattern: patternOf(path, names), value }],
    ),
  );

  return `# bash completion for nubes-nb, made by \`npm run generate\` from the command tree.

_nubes_nb() {
  local IFS=$' \\t\\n' command='' position=0 index word words='' flag='' config='' context=''
  local current count=0 joins=''
  local -a line=()
  COMPREPLY=()
  config="\${NUBES_NB_CONFIG-}" context="\${NUBES_NB_CONTEXT-}"

  # Here the = of --flag=value and the : of a name are words of their own.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if ((count > 0)) && [[ -n $joins || $word == [:=]* ]]; then
      line[count - 1]+="$word"
    else
      line[count++]="$word"
    fi
    joins=''
    [[ -n $word && -z \${word//[:=]/} ]] && joins=1
  done
  current="\${line[count - 1]}"

  for ((index = 0; index < count - 1; index++)); do
    word="\${line[index]}"
    case "$command:$word" in
      *:--context | *:--config)
        if ((index == count - 2)); then
          flag="$word"
        elif [[ $word == --config ]]; then
          config="\${line[index + 1]}"
        else
          context="\${line[index + 1]}"
        fi
        index=$((index + 1))
        ;;
      *:--context=*) context="\${word#*=}" ;;
      *:--config=*) config="\${word#*=}" ;;
      ${alternatives(flags.map(({ pattern }) => pattern))})
        ((index == count - 2)) && flag="$word"
        index=$((index + 1))
        ;;
      *:-*) ;;
${commands.slice(1).map(step).join('\n')}
      *) position=$((position + 1)) ;;
    esac
  done

  if [[ -z $flag && $current == --*=* ]]; then
    flag="\${current%%=*}"
    current="\${current#*=}"
  fi
  case "$command:$flag" in
    *:) ;;
${flags.flatMap(({ pattern, value }) => valueCase(pattern, value)).join('\n')}
    *) return ;;
  esac
  if [[ -n $flag ]]; then
    _nubes_nb_words
    return
  fi

  if [[ $current == -* ]]; then
    words='${spellings(program.flags)}'
    case "$command" in
${commands.slice(1).flatMap(ownFlags).join('\n')}
    esac
  else
    case "$command:$position" in
${commands.flatMap(places).join('\n')}
    esac
  fi
  _nubes_nb_words
}

# Offers those of $words that begin with $current.
_nubes_nb_words() {
  local word
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}

_nubes_nb_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}

# Sets $file to the one in which nubes-nb keeps names of this kind; fails if there is none.
_nubes_nb_file() {
  local folder="\${XDG_CACHE_HOME-}" first=''
  [[ $folder == /* ]] || folder="\${HOME-}/.cache"
  case "\${OSTYPE-}" in msys* | cygwin*) folder="\${LOCALAPPDATA-}" ;; esac
  folder+=/nubes-nb
  case "\${OSTYPE-}" in msys* | cygwin*) folder+=/Cache ;; esac
  folder+=/${namesFolder}

  file="$folder/contexts"
  if [[ -n $config ]]; then
    [[ $config == /* ]] || return 1
    file+="\${config//\\//%}"
  fi
  if [[ $1 != contexts ]]; then
    if [[ -n \${NUBES_NB_APPLICATION_CREDENTIAL_ID-} ]]; then
      context="credential%$NUBES_NB_APPLICATION_CREDENTIAL_ID"
    elif [[ -z $context && -f $file && -O $file ]]; then
      IFS= read -r context <"$file"
    fi
    [[ $context != */* ]] || return 1
    file="$folder/\${context:-default}.$1"
  fi
  [[ -f $file && -O $file && -r $file ]]
}

# Offers the notebooks with one of these statuses.
_nubes_nb_notebooks() {
  local file status words
  _nubes_nb_file notebooks || return
  while read -r status words; do
    [[ " $* " == *" $status "* && $words != *[!a-z0-9\\ -]* ]] || continue
    if ((\${#words} > 4096)); then
      COMPREPLY+=($(compgen -W "$words" -- "$current"))
    else
      _nubes_nb_words
    fi
  done <"$file"
}

# Offers the notebooks with one of these statuses, each with a colon, and files.
_nubes_nb_locations() {
  local each text
  [[ $current == *[!a-z0-9-]* ]] || _nubes_nb_notebooks "$@"
  if ((\${#COMPREPLY[@]} == 0)); then
    # Only the VM knows what follows a name and a colon.
    [[ $current == *:* && \${current%%:*} != */* ]] || _nubes_nb_files
    return
  fi
  COMPREPLY=("\${COMPREPLY[@]/%/:}")
  compopt -o nospace 2>/dev/null
  while IFS= read -r each; do
    printf -v text %q "$each"
    if [[ -d $each ]]; then text+=/; else text+=' '; fi
    COMPREPLY+=("$text")
  done < <(compgen -f -- "$current")
}

# Offers names that others have chosen: each is quoted as the user has begun to, and none is evaluated.
_nubes_nb_names() {
  local file name text quote='' typed left=1000
  _nubes_nb_file "$1" || return
  [[ $current == [\\"\\']* ]] && quote="\${current:0:1}"
  typed="\${current#"$quote"}"
  {
    IFS= read -r name
    while ((left-- > 0)) && IFS= read -r name; do
      [[ $name == -* || $name == *[[:cntrl:]]* ]] && continue
      # Inside of quotes these characters end them or are evaluated.
      [[ -n $quote && $name == *[\\"\\'\\$\\\`\\\\!]* ]] && continue
      if [[ -n $quote ]]; then text="$name"; else printf -v text %q "$name"; fi
      [[ $text == "$typed"* ]] && COMPREPLY+=("$text")
    done
  } <"$file"
  # Readline replaces only what stands after the last : or =.
  ((\${#COMPREPLY[@]} > 0)) || return
  if [[ -z $quote && $typed == *[:=]* && \${COMP_WORDBREAKS-:} == *:* ]]; then
    typed="\${typed%"\${typed##*[:=]}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$typed"}")
  fi
}

complete -F _nubes_nb nubes-nb
`;
}

/** What `case "$command:$word"` compares a flag's spellings with. */
function patternOf(path: string, names: readonly string[]): string {
  const command = path === '' ? '*' : quoted(path);
  return names.map((name) => `${command}:${name}`).join(' | ');
}

function alternatives(patterns: readonly string[]): string {
  return patterns.join(' | \\\n        ');
}

function step({ path, names }: CommandWords): string {
  const parent = path.split(' ').slice(0, -1).join(' ');
  const patterns = names.map((name) => `${quoted(parent)}:${name}`).join(' | ');
  return `      ${patterns}) command=${quoted(path)} ;;`;
}

/** What offers the value, and nothing for one that only the user knows. */
function offer(value: Value): string | undefined {
  switch (value.kind) {
    case 'words':
      return `words='${value.words.join(' ')}'`;
    case 'file':
      return '_nubes_nb_files; return';
    case 'notebook':
      return `_nubes_nb_notebooks ${value.statuses.join(' ')}; return`;
    case 'location':
      return `_nubes_nb_locations ${value.statuses.join(' ')}; return`;
    case 'free':
      return undefined;
    default:
      return `_nubes_nb_names ${value.kind}s; return`;
  }
}

function valueCase(pattern: string, value: Value): string[] {
  const action = offer(value);
  return action === undefined ? [] : [`    ${pattern}) ${action} ;;`];
}

function ownFlags({ path, flags }: CommandWords): string[] {
  if (flags.length === 0) return [];
  return [`      ${quoted(path)}) words="$words ${spellings(flags)}" ;;`];
}

function places({ path, commands, values }: CommandWords): string[] {
  const place = (position: number | '*', action: string) =>
    `      ${quoted(path)}:${position}) ${action} ;;`;
  if (commands.length > 0) {
    return [place(0, `words='${commands.flatMap(({ names }) => names).join(' ')}'`)];
  }
  return values.flatMap((value, position) => {
    const action = offer(value);
    return action === undefined ? [] : [place(value.several ? '*' : position, action)];
  });
}

function spellings(flags: readonly Flag[]): string {
  return flags.flatMap(({ names }) => names).join(' ');
}

/** A path as a pattern; the empty one is the program's. */
function quoted(path: string): string {
  return path.includes(' ') ? `'${path}'` : path || "''";
}
