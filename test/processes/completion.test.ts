import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A home with the names that commands have written, among them those of hostile images. */
let home: string;
let canary: string;
let images: readonly string[];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'nubes-nb-completion-'));
  canary = join(home, 'canary');
  images = [
    'Ubuntu 24.04',
    `d$(touch ${canary})`,
    `b\`touch ${canary}\``,
    `s; touch ${canary}`,
    `n' ; touch ${canary}; '`,
    `q" ; touch ${canary}; "`,
    'c:o:lon',
    'e=quals',
    'v$HOME',
    't~',
    'h*[a]?{b,c}',
    'x!y',
    'k\\slash',
    'größe',
    `p\${(e):-$(touch ${canary})}`,
    `l|touch ${canary}`,
    `=cat`,
    `--version`,
  ];
  write('default', {
    notebooks: ['stopped off', 'running running-one', 'unknown $(id)'],
    images,
    sizes: ['l3.nano'],
  });
  write('training', { notebooks: ['stopped other'] });
  write('credential%0a1b', { notebooks: ['stopped third'] });
  writeFileSync(join(home, 'runner.csv'), '');
  writeFileSync(join(folder(), 'contexts'), '\ntraining\n');
  writeFileSync(join(folder(), 'contexts%etc%lab.toml'), 'training\ntraining\n');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function folder(): string {
  return join(home, '.cache', 'nubes-nb', 'completion-1');
}

function write(key: string, files: Readonly<Record<string, readonly string[]>>): void {
  mkdirSync(folder(), { recursive: true });
  for (const [kind, lines] of Object.entries(files)) {
    writeFileSync(join(folder(), `${key}.${kind}`), `# u p\n${lines.join('\n')}\n`);
  }
}

const shells = {
  bash: {
    command: ['bash', '--norc', '--noprofile', '-i'],
    load: `set +H; source ${resolve('completions/nubes-nb.bash')}; nubes-nb() { printf '<%s>' "$@"; echo END; }; PS1='READY> '`,
  },
  zsh: {
    command: ['zsh', '-f', '-i'],
    load: `autoload -Uz compinit && compinit -C -d $HOME/.zcompdump; source ${resolve('completions/_nubes-nb')}; nubes-nb() { printf '<%s>' "$@"; echo END }; unsetopt BANG_HIST; PS1='READY> '`,
  },
  fish: {
    command: ['fish', '--no-config', '-i'],
    load: `source ${resolve('completions/nubes-nb.fish')}; function nubes-nb; printf '<%s>' $argv; echo END; end; function fish_prompt; echo -n 'READY> '; end`,
  },
} as const;

/** Types the line, Tab and Enter in a terminal; the arguments that the command then gets. */
async function completed(
  shell: keyof typeof shells,
  line: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { command, load } = shells[shell];
  const [program, ...words] = command;
  const terminal = spawn(program, words, {
    cols: 500,
    rows: 50,
    cwd: home,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      TERM: 'dumb',
      LANG: 'C.UTF-8',
      ...environment,
    },
  });
  let output = '';
  const shown = (pattern: RegExp) =>
    new Promise<string>((settle) => {
      const look = () => {
        const found = pattern.exec(output);
        if (found === null) return;
        output = output.slice(found.index + found[0].length);
        listener.dispose();
        settle(found[1] ?? '');
      };
      const listener = terminal.onData(look);
      look();
    });
  terminal.onData((data) => {
    output += data;
  });
  try {
    terminal.write(`${load}\r`);
    await shown(/\nREADY> |\rREADY> /);
    terminal.write(`nubes-nb ${line}\t`);
    // A bell, a list or the completed word: nothing says that completion has ended, but input waits for it.
    terminal.write('\r');
    return await shown(/(<[^\r\n]*>)END/);
  } finally {
    terminal.kill('SIGKILL');
  }
}

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  test.each<[string, string, Record<string, string>?]>([
    ['start o', '<start><off>'],
    ['start ru', '<start><ru>'],
    ['stop ', '<stop><running-one>'],
    ['show off ru', '<show><off><running-one>'],
    ['config get notebook.siz', '<config><get><notebook.size>'],
    ['context use ', '<context><use><training>'],
    ['--context tr', '<--context><training>'],
    ['--context training start ', '<--context><training><start><other>'],
    ['--context=training start ', '<--context=training><start><other>'],
    ['start ', '<start><other>', { NUBES_NB_CONTEXT: 'training' }],
    ['start ', '<start><other>', { NUBES_NB_CONFIG: '/etc/lab.toml' }],
    ['--config /etc/lab.toml start ', '<--config></etc/lab.toml><start><other>'],
    ['start ', '<start><third>', { NUBES_NB_APPLICATION_CREDENTIAL_ID: '0a1b' }],
    ['create x --size l', '<create><x><--size><l3.nano>'],
    ['create x --size=l', '<create><x><--size=l3.nano>'],
    ['cp runni', '<cp><running-one:>'],
    ['cp runne', '<cp><runner.csv>'],
    ['cp ru', '<cp><runn>'],
    ['cp ru', '<cp><runner.csv>', { NUBES_NB_CONTEXT: 'training' }],
    ['cp ./ru', '<cp><./runner.csv>'],
    ['cp running-one:ru', '<cp><running-one:ru>'],
    ['cp runner.csv runni', '<cp><runner.csv><running-one:>'],
    ['cp of', '<cp><of>'],
    ['create x --image c:o', '<create><x><--image><c:o:lon>'],
    ['create x --image=c:o', '<create><x><--image=c:o:lon>'],
  ])('%j and Tab is %s', async (line, words, environment) => {
    expect(await completed(shell, line, environment)).toBe(words);
  });

  test.each([...'Udbsnqcevthxkgpl'])(
    "an image's name that begins with %s is one word, and none is evaluated",
    async (typed) => {
      const name = images.find((each) => each.startsWith(typed));
      expect(await completed(shell, `create --image ${typed}`)).toBe(`<create><--image><${name}>`);
      expect(existsSync(canary)).toBe(false);
    },
  );

  test.each([
    ['"U', 'Ubuntu 24.04'],
    ["'U", 'Ubuntu 24.04'],
    ['Ubuntu\\ 2', 'Ubuntu 24.04'],
    ['"c:o', 'c:o:lon'],
  ])("an image's name that the user begins with %s is completed", async (typed, name) => {
    expect(await completed(shell, `create --image ${typed}`)).toBe(`<create><--image><${name}>`);
  });
});

test('bash completes a name among 200 notebooks and 200 images within 15 ms', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `some-name-${index}`);
  write('many', { notebooks: [`running ${many.join(' ')}`], images: many });
  const script = `
    source ${resolve('completions/nubes-nb.bash')}
    for line in 'nubes-nb stop some' 'nubes-nb create --image some'; do
      COMP_WORDS=($line) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      time for ((run = 0; run < 100; run++)); do _nubes_nb; done
      echo "\${#COMPREPLY[@]}"
    done`;
  const environment = { HOME: home, NUBES_NB_CONTEXT: 'many', TIMEFORMAT: '%U+%S' };
  const { stdout, stderr } = await execa('bash', ['--norc', '-c', script], { env: environment });
  expect(stdout).toBe('200\n200');
  const cpuMs = stderr
    .split('\n')
    .map((line) => line.split('+').reduce((sum, seconds) => sum + Number(seconds) * 10, 0));
  expect(cpuMs).toHaveLength(2);
  expect(Math.max(...cpuMs)).toBeLessThan(15);
});
