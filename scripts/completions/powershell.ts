import { type CommandWords, everyCommand, type Flag, type Value } from './words.ts';

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

    $command = ''
    $position = 0
    $pending = $null
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($null -ne $pending) { $pending = $null; continue }
        if ($values.ContainsKey("\${command}:$word")) { $pending = "\${command}:$word" }
        elseif ($values.ContainsKey(":$word")) { $pending = ":$word" }
        elseif ($word.StartsWith('-')) { }
        elseif ($steps.ContainsKey("\${command}:$word")) { $command = $steps["\${command}:$word"] }
        else { $position++ }
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
