import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../src/run.ts';
import { helpWorld } from './support/help-world.ts';
import { type Workbench, workbench } from './support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
  await bench.login();
});
afterAll(() => bench.close());

describe('words that are none', () => {
  test.each([
    ['creat x', 'create'],
    ['ls --jsno', '--json'],
    ['create', "argument 'name'"],
    ['ls -o yaml', 'table, wide, csv, json, ndjson, name'],
    ['ls extra', 'Too many arguments'],
    ['ls -c nonsense', 'status'],
    ['create x --timeout soon', '6m'],
  ])("the usage error '%s' exits 2 with a hint", async (words, meant) => {
    const { code, stdout, stderr } = await bench.nb(words);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: [A-Z'].*\nhint: /);
    expect(stderr).toContain(meant);
    expect(code).toBe(2);
  });

  test.each([
    ['create', 'nubes-nb create --help'],
    ['--json list extra', 'nubes-nb ls --help'],
    ['config get', 'nubes-nb config get --help'],
    ['--config nowhere.toml show', 'nubes-nb show --help'],
    ['-o', 'nubes-nb --help'],
  ])("the usage error '%s' names the help of its command", async (words, help) => {
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain(`\nhint: ${help}\n`);
    expect(code).toBe(2);
  });

  test.each([
    ['whoami -c name', 'nubes-nb whoami does not print a table, so --columns has no effect.'],
    [
      'config get session.ttl --no-header',
      'nubes-nb config get does not print a table, so --no-header',
    ],
    ['logout --no-header', 'nubes-nb logout does not print a table'],
    ['whoami -o csv', 'nubes-nb whoami does not print a table, so -o csv has no effect.'],
  ])('%s without a table exits 2 and changes nothing', async (words, sentence) => {
    const { code, stdout, stderr } = await bench.nb(words);
    expect(stderr).toContain(`error: ${sentence}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect((await bench.nb('whoami')).code).toBe(0);
  });

  test.each(['ls', 'config list', 'config path', 'context list'])(
    '%s accepts --no-header',
    async (words) => {
      expect((await bench.nb(`${words} --no-header`)).code).toBe(0);
    },
  );

  test('a usage error with --json is also one JSON line on stderr', async () => {
    const { stderr } = await bench.nb('show nothing --json');
    const line = stderr.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(line)).toEqual({
      error: {
        code: 'NOT_FOUND',
        exit: 3,
        message: 'You have no notebook named nothing.',
        hint: 'nubes-nb ls shows the ones you have',
        requestId: null,
      },
    });
  });
});

const sotp =
  "error: Unknown command 'sotp'.\nhint: did you mean nubes-nb stop? If not: nubes-nb --help lists all commands\n";

describe('help and version', () => {
  test('help is printed on stdout by help and --help', async () => {
    const help = await bench.nb('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(await bench.nb('help')).toEqual(help);
    expect(await bench.nb('help create')).toEqual(await bench.nb('create --help'));
  });

  test.each([
    ['sotp --help', sotp],
    ['-q sotp -h', sotp],
    ['help sotp', sotp],
    [
      'no-such-verb --help',
      "error: Unknown command 'no-such-verb'.\nhint: nubes-nb --help lists all commands\n",
    ],
    [
      'config gte --help',
      "error: Unknown command 'gte' of nubes-nb config.\n" +
        'hint: did you mean nubes-nb config get? If not: the commands are init, import, list, get, ' +
        'set, unset, path, validate; nubes-nb config --help explains them\n',
    ],
    ['ls --colums=name', "error: Unknown option '--colums'.\nhint: did you mean --columns?\n"],
    ['--jsn=x ls', "error: Unknown option '--jsn'.\nhint: did you mean --json?\n"],
    ['show --prob=1 a', "error: Unknown option '--prob'.\nhint: did you mean --probe?\n"],
    ['config get --jsn=1 a', "error: Unknown option '--jsn'.\nhint: did you mean --json?\n"],
    ['login --pasword=x', "error: Unknown option '--pasword'.\nhint: nubes-nb login --help\n"],
  ])(
    '%s of an unknown command or option exits 2 and suggests the nearest',
    async (words, stderr) => {
      expect(await bench.nb(words)).toEqual({ code: 2, stdout: '', stderr });
    },
  );

  test.each([
    ['key', 'error: nubes-nb key needs a command.'],
    ['key xyz', "error: Unknown command 'xyz' of nubes-nb key."],
  ])('%s, without a command of the group, exits 2 and lists them', async (words, error) => {
    const hint = 'the commands are list, add, remove; nubes-nb key --help explains them';
    const stderr = `${error}\nhint: ${hint}\n`;
    expect(await bench.nb(words)).toEqual({ code: 2, stdout: '', stderr });
  });

  test('global flags are accepted before and after the command', async () => {
    expect(await bench.nb('--json version')).toEqual(await bench.nb('version --json'));
  });
});

describe('a service that misbehaves', () => {
  const list = { service: 'Nova', method: 'GET', path: /servers\/detail/ } as const;

  test("an HTML 503 exits 9 with the service's name and no markup", async () => {
    bench.sandbox.cloud.faults.next(list, 'html-503', { times: 9 });
    const { code, stderr } = await bench.nb('ls');
    expect(stderr).toMatch(/^error: .*Nova/);
    expect(stderr).not.toMatch(/<\/?\w+>/);
    expect(code).toBe(9);
    bench.sandbox.cloud.faults.clear();
  });

  test('a single 503 is retried silently', async () => {
    bench.sandbox.cloud.faults.next(list, 'html-503');
    expect(await bench.nb('ls -q')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test.each(['truncated-json', 'redirect'] as const)(
    'ls exits 9 with a sentence after %s',
    async (fault) => {
      bench.sandbox.cloud.faults.next(list, fault, { times: 9 });
      const { code, stderr } = await bench.nb('ls');
      expect(stderr).toMatch(/^error: [A-Z].*\./);
      expect(code).toBe(9);
      bench.sandbox.cloud.faults.clear();
    },
  );
});

describe('the state folder', () => {
  test('a session file of a newer version is refused and not changed', async () => {
    const other = bench.secondComputer();
    await other.login();
    const file = join(other.stateFolder, 'session.json');
    const newer = readFileSync(file, 'utf8').replace(/"version": ?1/, '"version": 99');
    writeFileSync(file, newer);
    const { code, stderr } = await other.nb('ls');
    expect(stderr).toContain('newer');
    expect(code).toBe(11);
    expect(readFileSync(file, 'utf8')).toBe(newer);
  });

  test('ls without a login exits 4 and names login', async () => {
    const other = bench.secondComputer();
    const { code, stderr } = await other.nb('ls');
    expect(stderr).toContain('hint: nubes-nb login');
    expect(code).toBe(4);
  });

  test('login without settings exits 11 and names openstack.auth_url', async () => {
    const other = bench.secondComputer();
    writeFileSync(join(other.home, '.config/nubes-nb/config.toml'), '');
    const { code, stderr } = await other.nb('login --username x --password-stdin', { stdin: 'y' });
    expect(stderr).toContain('openstack.auth_url');
    expect(code).toBe(11);
  });
});

describe('Ctrl-C', () => {
  const create = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;
  const said = /Waiting for the answer to what was asked already; Ctrl-C again leaves at once\.\n/g;

  test.each([
    ['create slow --no-wait', 1],
    ['create slower --no-wait -q', 0],
  ])(
    'during a request that must end, %s says %i times what is waited for',
    async (words, times) => {
      const interruption = new AbortController();
      bench.sandbox.cloud.faults.next(create, 'slow', { ms: 900 });
      const running = bench.nb(words, { interruption });
      await vi.waitUntil(() => bench.sandbox.cloud.faults.pending() === 0, 5_000);
      interruption.abort('SIGINT');
      const { stderr } = await running;
      expect(stderr.match(said) ?? []).toHaveLength(times);
    },
  );

  test('Ctrl-C that ends a command at once prints no notice', async () => {
    const interruption = new AbortController();
    interruption.abort('SIGINT');
    const { code, stderr } = await bench.nb('ls', { interruption });
    expect(stderr).toBe('error: Interrupted. Notebooks are left as they are.\n');
    expect(code).toBe(130);
  });
});

test('-v prints on stderr where settings and session come from', async () => {
  const { stdout, stderr } = await bench.nb('ls -v --json', {
    environment: { NUBES_NB_NOTEBOOK_SIZE: 'l3.nano' },
  });
  expect(stderr).toContain(bench.configFile);
  expect(stderr).toMatch(
    /^settings: .*NUBES_NB_NOTEBOOK_SIZE.*\nsession: alice in jupyter-notebooks, file, until \d{4}-.*Z\n$/,
  );
  expect(JSON.parse(stdout)).toBeInstanceOf(Array);
});

test('--debug traces requests without a secret', async () => {
  const { stderr } = await bench.nb('ls --debug');
  expect(stderr).toMatch(/GET .*servers\/detail.* 200/);
  for (const secret of bench.sandbox.cloud.issuedSecrets()) expect(stderr).not.toContain(secret);
});

test.each([0, 1_000, 3_000])(
  'help of which a full pipe accepts %d characters is completed in order',
  async (room) => {
    const { world, written } = helpWorld();
    let accepted = '';
    const plainStdout = (text: string) => {
      const part = text.slice(0, room - accepted.length);
      accepted += part;
      return text.slice(part.length);
    };
    expect(await run(['--help'], { ...world, plainStdout })).toBe(0);
    const help = readFileSync('test/golden/help/nubes-nb.txt', 'utf8');
    await expect.poll(() => accepted + written()).toBe(help);
  },
);

test.each(['--version', '--help', 'create --help'])(
  '%s opens no stream if stdout is no terminal',
  async (line) => {
    const { world } = helpWorld();
    let written = '';
    const plainStdout = (text: string) => {
      written += text;
      return '';
    };
    const opened: string[] = [];
    const streams = ['stdin', 'stdout', 'stderr'] as const;
    for (const name of streams) {
      Object.defineProperty(world, name, { get: () => opened.push(name) });
    }
    Object.defineProperty(world, 'plainStdout', { value: plainStdout });
    expect(await run(line.split(' '), world)).toBe(0);
    expect(written).not.toBe('');
    expect(opened).toEqual([]);
  },
);

test.each<[string, boolean, Record<string, string>, string[], boolean]>([
  ['a terminal', true, {}, [], true],
  ['a pipe', false, {}, [], false],
  ['NO_COLOR', true, { NO_COLOR: '1' }, [], false],
  ['TERM=dumb', true, { TERM: 'dumb' }, [], false],
  ['--no-color', true, {}, ['--no-color'], false],
])(
  'the headings of the help are bold only on a terminal with colours: %s',
  async (_, isTTY, environment, flags, isBold) => {
    for (const command of [[], ['create']]) {
      const { world, written } = helpWorld();
      const stdout = Object.assign(world.stdout, { isTTY });
      expect(await run([...flags, ...command, '--help'], { ...world, stdout, environment })).toBe(
        0,
      );
      const bold = [...written().matchAll(/\u001b\[1m(.*?)\u001b\[22m/g)].map(([, text]) => text);
      expect(bold.includes('Usage:')).toBe(isBold);
      expect(bold.includes('Global flags:')).toBe(isBold && command.length === 0);
      expect(written()).toContain('Global flags:');
    }
  },
);
