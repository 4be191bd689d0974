import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

describe('in bash', () => {
  test.each([
    ['nubes-nb cr', ['create']],
    ['nubes-nb config ', ['init', 'import', 'list', 'get', 'set', 'unset', 'path', 'validate']],
    ['nubes-nb create --w', ['--wait']],
    ['nubes-nb create --wait ', ['ready', 'running']],
    ['nubes-nb -o ', ['table', 'wide', 'csv', 'json', 'ndjson', 'name']],
    ['nubes-nb create lpd-tests --output=j', ['json']],
    ['nubes-nb create lpd-tests --output=', ['table', 'wide', 'csv', 'json', 'ndjson', 'name']],
    ['nubes-nb -o json stop lpd-tests --no-w', ['--no-wait']],
    ['nubes-nb --context ls comp', ['completion']],
    ['nubes-nb rm lpd-tests --if', ['--if-missing']],
    ['nubes-nb completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['nubes-nb completion zsh ', []],
    ['nubes-nb create ', []],
    ['nubes-nb create --image ', []],
    ['nubes-nb create --key READ', ['README.md']],
    ['nubes-nb --config packa', ['package.json', 'package-lock.json']],
  ])('bash completes %j to %j', async (line, offered) => {
    expect((await complete(line)).sort()).toEqual([...offered].sort());
  });

  test('the bash script has no syntax error and prints nothing when sourced', async () => {
    const { all } = await execa('bash', ['--norc', '-n', 'completions/nubes-nb.bash'], {
      all: true,
    });
    const loaded = await execa('bash', ['--norc', 'completions/nubes-nb.bash'], { all: true });
    expect([all, loaded.all]).toEqual(['', '']);
  });
});

describe('in zsh, fish and PowerShell', () => {
  const zsh = readFileSync('completions/_nubes-nb', 'utf8');
  const fish = readFileSync('completions/nubes-nb.fish', 'utf8');
  const powershell = readFileSync('completions/nubes-nb.ps1', 'utf8');

  test('every function that the zsh script calls is defined', () => {
    const called = [...zsh.matchAll(/\) (_nubes_nb_\w+) ;;/g)].map(([, name]) => name);
    const made = [...zsh.matchAll(/^(_nubes_nb_\w+)\(\)/gm)].map(([, name]) => name);
    expect(called.length).toBeGreaterThan(15);
    expect(called.sort()).toEqual(made.sort());
  });

  test('the zsh script begins with #compdef', () => {
    expect(zsh).toMatch(/^#compdef nubes-nb\n/);
  });

  test('quotes and brackets of the zsh, fish and PowerShell scripts are closed', () => {
    expect(open(zsh, /'(?:[^'])*'|"[^"\n]*"|\\.|(?<!\S)#.*/g)).toBe('');
    expect(open(fish, /'(?:\\.|[^'\\])*'|"[^"\n]*"|#.*/g)).toBe('');
    expect(open(powershell, /'(?:''|[^'])*'|"[^"\n]*"|#.*/g)).toBe('');
  });

  test.each([
    ['as it is', powershell, false],
    ['without its last bracket', powershell.trimEnd().slice(0, -1), true],
  ])('the PowerShell script %s is parsed', async (_, script, hasError) => {
    const { Language, Parser } = await import('web-tree-sitter');
    await Parser.init();
    const grammar = 'node_modules/tree-sitter-powershell/tree-sitter-powershell.wasm';
    const parser = new Parser().setLanguage(await Language.load(grammar));
    expect(parser.parse(script)?.rootNode.hasError).toBe(hasError);
  });

  test('the fish script describes every flag and command', () => {
    const lines = fish.split('\n').filter((line) => /^complete.* (-a|-l) /.test(line));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(line).toMatch(/ -d '.+'$| -f -a '[^']+'$/);
  });

  // Keys of PowerShell's tables ignore case: a duplicate is a syntax error.
  test('no table of the PowerShell script has a key twice', () => {
    const tables = powershell.split(/^ {4}\$\w+ = @\{$/m).slice(1);
    expect(tables.length).toBe(5);
    for (const text of tables) {
      const names = [...text.matchAll(/^ {8}'([^']*)' = /gm)].map(([, name = '']) => name);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    }
  });
});

/** What bash completes this line to. */
async function complete(line: string): Promise<string[]> {
  const words = line.split(/ |(=)/).filter((word) => word !== undefined);
  const script = `
    source completions/nubes-nb.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _nubes_nb
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['--norc', '-c', script, 'bash', ...words]);
  return stdout.split('\n').filter((word) => word !== '');
}

/** The brackets that are still open, or closed without having been open, outside of quotes. */
function open(script: string, quoted: RegExp): string {
  // The pattern of a case closes a bracket that it has not opened.
  const bare = script.replace(quoted, '').replace(/^[^()\n]*\)(?= )/gm, '');
  let left = bare.replace(/[^'"()[\]{}]/g, '');
  for (let before = ''; before !== left; ) {
    before = left;
    left = left.replace(/\(\)|\[\]|\{\}/g, '');
  }
  return left;
}
