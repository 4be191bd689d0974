import { namesFolder } from '../../src/completion/layout.ts';
import { type CommandWords, everyCommand, type Flag, isCached, type Value } from './words.ts';

/** For Windows PowerShell 5.1 and PowerShell 7. */
export function powershellScript(program: CommandWords): string {
  const commands = everyCommand(program);
  return `# PowerShell completion for nubes-nb, made by \`npm run generate\` from the command tree.

Register-ArgumentCompleter -Native -CommandName nubes-nb -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # By command: what may stand in each place, its flags, and the flags that take a value.
    $places = @{
${commands.flatMap(places).join('\n')}
    }
    $flags = @{
${commands.map(flagTable).join('\n')}
    }
    $values = @{
${commands.flatMap(valueRows).join('\n')}
    }
    $steps = @{
${commands.slice(1).flatMap(steps).join('\n')}
    }

    # The kinds of names that nubes-nb keeps in files.
    $cached = @{
${commands.flatMap(cachedRows).join('\n')}
    }

    $command = ''
    $position = 0
    $pending = $null
    $config = $env:NUBES_NB_CONFIG
    $context = $env:NUBES_NB_CONTEXT
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($null -ne $pending) {
            if ($pending -ceq ':--config') { $config = $word }
            if ($pending -ceq ':--context') { $context = $word }
            $pending = $null
            continue
        }
        if ($word.StartsWith('--config=')) { $config = $word.Substring(9) }
        if ($word.StartsWith('--context=')) { $context = $word.Substring(10) }
        if ($values.ContainsKey("\${command}:$word")) { $pending = "\${command}:$word" }
        elseif ($values.ContainsKey(":$word")) { $pending = ":$word" }
        elseif ($word.StartsWith('-')) { }
        elseif ($steps.ContainsKey("\${command}:$word")) { $command = $steps["\${command}:$word"] }
        else { $position++ }
    }

    $place = if ($null -ne $pending) { $pending } else { "\${command}:$position" }
    if (-not $cached.ContainsKey($place)) { $place = "\${command}:*" }
    if ($cached.ContainsKey($place) -and ($null -ne $pending -or -not "$wordToComplete".StartsWith('-'))) {
        $kind, $statuses = $cached[$place]
        $isLocation = $kind -eq 'locations'
        if ($isLocation) { $kind = 'notebooks' }
        $folder =
            if ($env:OS -eq 'Windows_NT') { Join-Path "$env:LOCALAPPDATA" 'nubes-nb/Cache' }
            elseif ("$env:XDG_CACHE_HOME".StartsWith('/')) { "$env:XDG_CACHE_HOME/nubes-nb" }
            else { "$HOME/.cache/nubes-nb" }
        $folder = Join-Path $folder '${namesFolder}'
        $suffix = "$config" -replace '[/\\\\:]', '%'
        $file = Join-Path $folder "contexts$suffix"
        if ($kind -ne 'contexts') {
            if ($env:NUBES_NB_APPLICATION_CREDENTIAL_ID) { $context = "credential%$env:NUBES_NB_APPLICATION_CREDENTIAL_ID" }
            elseif (-not $context -and [System.IO.File]::Exists($file)) { $context = [System.IO.File]::ReadAllLines($file)[0] }
            if (-not $context) { $context = 'default' }
            if ($context -match '[/\\\\]') { return }
            $file = Join-Path $folder "$context.$kind"
        }
        if (-not [System.IO.File]::Exists($file)) { return }
        $lines = [System.IO.File]::ReadAllLines($file) | Select-Object -Skip 1
        if ($kind -eq 'notebooks') {
            $lines = $lines | ForEach-Object {
                $status, $names = $_.Split(' ')
                if ($statuses -ccontains $status) { $names }
            }
        }
        if ($isLocation) { $lines = $lines | ForEach-Object { "\${_}:" } }
        # Names that others have chosen: a quoted one is evaluated in no part.
        $typed = "$wordToComplete" -replace '^[''"]|[''"]$'
        $lines | Where-Object { $_ -notmatch '^-|\\p{C}' -and $_.StartsWith($typed, 'Ordinal') } |
            ForEach-Object {
                $text = $_
                if ($text -cnotmatch '^[A-Za-z0-9_][A-Za-z0-9_./:+-]*$') {
                    $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_) + "'"
                }
                [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
            }
        if ($isLocation -and $typed -notmatch '^[^/\\]*:') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename("$wordToComplete")
        }
        return
    }

    $offered =
        if ($null -ne $pending) { $values[$pending] }
        elseif ("$wordToComplete".StartsWith('-')) { @($flags[$command]) + @($flags['']) }
        else { $places["\${command}:$position"] }

    # Where nothing is offered, PowerShell completes files.
    $offered | Where-Object { $null -ne $_ -and $_.Word.StartsWith("$wordToComplete") } |
        ForEach-Object {
            [System.Management.Automation.CompletionResult]::new(
                $_.Word, $_.Word, 'ParameterValue', $_.About)
        }
}
`;
}

function places({ path, commands, values }: CommandWords): string[] {
  if (commands.length > 0) {
    const words = commands.flatMap(({ names, about }) => names.map((name) => pair(name, about)));
    return [row(`${path}:0`, words)];
  }
  return values.flatMap((value, position) => {
    const words = wordsFor(value);
    return words.length === 0 ? [] : [row(`${path}:${position}`, words)];
  });
}

/** The kind of names for each place and flag, and the statuses of notebooks. */
function cachedRows({ path, flags, values }: CommandWords): string[] {
  const rowOf = (place: string | number, value: Value | undefined) => {
    if (value === undefined || !isCached(value)) return [];
    const statuses = 'statuses' in value ? value.statuses : [];
    const words = [`${value.kind}s`, ...statuses].map(quoted).join(', ');
    return [`        ${quoted(`${path}:${place}`)} = @(${words})`];
  };
  return [
    ...values.flatMap((value, position) => rowOf(value.several ? '*' : position, value)),
    ...flags.flatMap(({ names, value }) => names.flatMap((name) => rowOf(name, value))),
  ];
}

function flagTable({ path, flags }: CommandWords): string {
  const words = flags.flatMap(({ names, about }) => names.map((name) => pair(name, about)));
  return row(path, words);
}

function valueRows({ path, flags }: CommandWords): string[] {
  const rowsOf = ({ names, value }: Flag) =>
    value === undefined ? [] : names.map((name) => row(`${path}:${name}`, wordsFor(value)));
  return flags.flatMap(rowsOf);
}

function steps({ path, names }: CommandWords): string[] {
  const parent = path.split(' ').slice(0, -1).join(' ');
  return names.map((name) => `        ${quoted(`${parent}:${name}`)} = ${quoted(path)}`);
}

function wordsFor(value: Value): string[] {
  return value.kind === 'words' ? value.words.map((word) => pair(word, value.name)) : [];
}

/** A tip must not be empty. */
function pair(word: string, about: string): string {
  return `@{ Word = ${quoted(word)}; About = ${quoted(about || word)} }`;
}

function row(name: string, pairs: readonly string[]): string {
  const items = pairs.map((each) => `\n            ${each}`).join('');
  return `        ${quoted(name)} = @(${items}${items === '' ? '' : '\n        '})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
