import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

/** For bash 3.2 (macOS) and later, without the bash-completion package. */
export function bashScript(program: CommandWords): string {
  const commands = everyCommand(program);
  const flags = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ pattern: patternOf(path, names), value }],
    ),
  );
  const ofKind = (kind: Value['kind']) =>
    flags.filter(({ value }) => value.kind === kind).map(({ pattern }) => pattern);

  return `# bash completion for nubes-nb, made by \`npm run generate\` from the command tree.

_nubes_nb() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command='' position=0 index=1 word words=''
  COMPREPLY=()

  # The = of --flag=value is a word of its own here.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi

  while ((index < COMP_CWORD)); do
    word="\${COMP_WORDS[index]}"
    case "$command:$word" in
      ${alternatives(flags.map(({ pattern }) => pattern))})
        [[ \${COMP_WORDS[index + 1]} == '=' ]] && index=$((index + 1))
        index=$((index + 1))
        ;;
      *:-*) ;;
${commands.slice(1).map(step).join('\n')}
      *) position=$((position + 1)) ;;
    esac
    index=$((index + 1))
  done

  case "$command:$previous" in
${flags.flatMap(({ pattern, value }) => choices(pattern, value)).join('\n')}
    ${alternatives(ofKind('file'))})
      _nubes_nb_files "$current"
      return
      ;;
    ${alternatives(ofKind('free'))}) return ;;
    *)
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
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

_nubes_nb_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$1"))
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

function choices(pattern: string, value: Value): string[] {
  return value.kind === 'words' ? [`    ${pattern}) words='${value.words.join(' ')}' ;;`] : [];
}

function ownFlags({ path, flags }: CommandWords): string[] {
  if (flags.length === 0) return [];
  return [`          ${quoted(path)}) words="$words ${spellings(flags)}" ;;`];
}

function places({ path, commands, values }: CommandWords): string[] {
  const place = (position: number, action: string) =>
    `          ${quoted(path)}:${position}) ${action} ;;`;
  if (commands.length > 0) {
    return [place(0, `words='${commands.flatMap(({ names }) => names).join(' ')}'`)];
  }
  return values.flatMap((value, position) => {
    if (value.kind === 'words') return [place(position, `words='${value.words.join(' ')}'`)];
    if (value.kind === 'file') return [place(position, '_nubes_nb_files "$current"; return')];
    return [];
  });
}

function spellings(flags: readonly Flag[]): string {
  return flags.flatMap(({ names }) => names).join(' ');
}

/** A path as a pattern; the empty one is the program's. */
function quoted(path: string): string {
  return path.includes(' ') ? `'${path}'` : path || "''";
}
