import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../src/errors.ts';
import type { OutputStream } from '../src/world.ts';
import { addNotebook, type Workbench, workbench } from './support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
  await bench.login();
  addNotebook(bench, 'there');
  addNotebook(bench, 'locked', { locked: true });
});
afterEach(() => bench.sandbox.cloud.faults.clear());
afterAll(() => bench.close());

describe('an error with --json', () => {
  test.each([
    ['creat x', 'USAGE'],
    ['ls --jsno', 'USAGE'],
    ['ls extra', 'USAGE'],
    ['create', 'USAGE'],
    ['create Bad_Name', 'USAGE'],
    ['create x --timeout soon', 'USAGE'],
    ['create x --image none', 'NOT_FOUND'],
    ['create there', 'NAME_TAKEN'],
    ['show nothing', 'NOT_FOUND'],
    ['stop nothing', 'NOT_FOUND'],
    ['delete there', 'USAGE'],
    ['stop locked', 'NOT_ALLOWED'],
    ['login --password-stdin', 'USAGE'],
    ['login -u alice --no-input', 'USAGE'],
    ['logout --password-stdin', 'USAGE'],
    ['ls --context none', 'CONFIGURATION'],
    ['ls --config no/such/file', 'CONFIGURATION'],
    ['ls --config .', 'CONFIGURATION'],
    ['config get nonsense', 'USAGE'],
    ['config set openstack.password x', 'CONFIGURATION'],
    ['completion tcsh', 'USAGE'],
    ['sandbox run', 'USAGE'],
  ] as const)(
    '%s --json ends stderr with one JSON line and prints nothing on stdout',
    async (words, code) => {
      const seen = await bench.nb(`${words} --json`);
      const lines = seen.stderr.trimEnd().split('\n');
      expect(lines[0]).toMatch(/^error: \S.*\.$/);
      const json = lines.filter((line) => line.startsWith('{'));
      expect(json).toEqual([lines.at(-1)]);
      expect(JSON.parse(json[0] ?? '')).toEqual({
        error: {
          code,
          exit: exitCodes[code],
          message: lines[0]?.replace('error: ', ''),
          hint: expect.stringMatching(/^\S.*\S$/),
          requestId: null,
        },
      });
      expect(seen.code).toBe(exitCodes[code]);
      expect(seen.stdout).toBe('');
    },
  );

  test.each(['-o ndjson', '-o json'])('an error with %s is a JSON line on stderr', async (form) => {
    const { stderr } = await bench.nb(`show nothing ${form}`);
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '').error.code).toBe('NOT_FOUND');
  });

  test('an error with --json has the request id of the service', async () => {
    bench.sandbox.cloud.faults.next({ service: 'Nova' }, 'html-503', { times: 20 });
    const { stderr } = await bench.nb('ls --json');
    const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
    expect(error).toMatchObject({ exit: 9, requestId: expect.stringMatching(/^req-/) });
  });
});

describe('services that misbehave at login', () => {
  const keystone = { service: 'Keystone' } as const;
  const nova = { service: 'Nova' } as const;

  test.each([
    ['html-503', keystone],
    ['truncated-json', keystone],
    ['redirect', keystone],
    ['reset', keystone],
    ['html-503', nova],
    ['truncated-json', nova],
  ] as const)(
    'login after %s of %o exits 9 with a sentence and stores no session',
    async (fault, match) => {
      bench.sandbox.cloud.faults.next(match, fault, { times: 30 });
      const other = bench.secondComputer();
      const { code, stdout, stderr } = await other.login();
      bench.sandbox.cloud.faults.clear();
      expect(stderr).toMatch(new RegExp(`^error: .*${match.service}.*\\.$`, 'm'));
      expect(stderr).not.toMatch(/<\/?\w+>|\bat .*:\d+:\d+/);
      expect({ code, stdout }).toEqual({ code: 9, stdout: '' });
      expect((await other.nb('whoami')).code).toBe(4);
    },
  );

  test('a login that fails late deletes its credential', async () => {
    const before = bench.sandbox.cloud.credentials();
    bench.sandbox.cloud.faults.next(nova, 'truncated-json', { times: 30 });
    expect((await bench.secondComputer().login()).code).toBe(9);
    expect(bench.sandbox.cloud.credentials()).toEqual(before);
  });
});

describe('a reader that went away', () => {
  const gone: readonly (readonly [string, () => OutputStream])[] = [
    ['a destroyed stream', () => new PassThrough().destroy()],
    [
      'EPIPE',
      () =>
        new Writable({
          write: (_chunk, _encoding, done) =>
            done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
        }),
    ],
  ];
  const calls = ['--help', 'ls', 'ls --json', 'show there', 'config list', 'whoami', 'version'];

  test.each(gone.flatMap(([name, make]) => calls.map((words) => [name, words, make] as const)))(
    '%s as stdout ends %s silently with exit 0',
    async (_, words, make) => {
      expect(await bench.nb(words, { stdout: make() })).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    },
  );

  test.each(['whoami', '--version', '--help', 'create --help', 'help', 'completion bash'])(
    'a full disk on stdout ends %s with exit 11',
    async (words) => {
      const stdout = new Writable({
        write: (_chunk, _encoding, done) =>
          done(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })),
      });
      const { code, stderr } = await bench.nb(words, { stdout });
      expect(stderr).toContain('error: Cannot write the output: the disk is full.');
      expect(code).toBe(11);
    },
  );
});

describe('words from outside', () => {
  const forged = (label: string) =>
    `a\u001b[36m\r\n${label}  http://evil/\u2028\u001b[2J\u001b[31m\u202e b`;
  const outside = {
    name: 'nb\nTunnel     ssh evil\u001b]0;x\u0007',
    status: 'ERROR',
    fault: forged('Fault'),
    metadata: {
      'nubes-nb:image': `${forged('URL')}${'x'.repeat(200)}`,
      'nubes-nb:expires': forged('Tunnel'),
      'nubes-nb:idle': forged('TLS'),
      'nubes-nb:account': 'ubuntu\n  ProxyCommand touch /tmp/evil',
      'nubes-nb:port': '8888\nHost *',
      'nubes-nb:label:course': forged('Address'),
      'nubes-nb:label:a\nURL': 'b',
    },
  } as const;
  beforeAll(() => {
    addNotebook(bench, 'hostile', outside);
    addNotebook(bench, 'awake', { ...outside, status: 'ACTIVE' });
  });

  test.each([
    'show hostile',
    'show awake',
    'show hostile awake',
    'show awake --probe',
    'ls -o wide',
    'ls -q',
    'ls -o name',
    'start hostile',
    'stop hostile there',
    'start awake --timeout 20s',
    'restart awake --timeout 20s',
    'open awake --timeout 20s --no-browser',
    'certify awake',
    'tunnel awake --print',
    'cp awake:x .',
    'wait hostile',
    'url hostile',
    'logs hostile',
    'ssh-config',
    'delete hostile --dry-run',
    'create hostile',
    'create hostile --if-exists start',
  ])('%s prints no line that another member of the project has written', async (words) => {
    for (const call of [{}, { terminal: 100 }]) {
      const seen = await bench.nb(words, call);
      const text = stripVTControlCharacters(`${seen.stdout}\n${seen.stderr}`);
      expect(text).not.toMatch(
        /^\s*(URL|Tunnel|TLS|Fault|Address|Host|ProxyCommand)\s+(http:..evil|ssh evil|\*|touch)/m,
      );
      expect(seen.stdout + seen.stderr).not.toMatch(
        /\u001b(\[2J|\[31ma?\u202e|\]0)|[\u202e\u2028\u0007]/,
      );
      // The colour that the other member chose.
      expect(seen.stdout + seen.stderr).not.toContain('\u001b[36m');
      expect(seen.stderr).not.toContain('a bug');
    }
  });

  test('show --json has the exact text of the metadata', async () => {
    const { stdout } = await bench.nb('show hostile --json');
    expect(JSON.parse(stdout)).toMatchObject({
      vmName: outside.name,
      fault: outside.fault,
      image: { name: outside.metadata['nubes-nb:image'] },
      labels: { course: forged('Address') },
    });
  });

  test('control characters in a name are not printed', async () => {
    const { stderr } = await bench.nb(['show', 'x\u001b[2J\u202e']);
    expect(stderr).not.toMatch(/[\u001b\u202e]/);
    const login = await bench.nb(['login', '-u', 'a\u001b]0;x\u0007', '--password-stdin'], {
      stdin: 'x',
    });
    expect(login.stderr).not.toMatch(/[\u001b\u0007]/);
    expect(login.code).toBe(2);
  });
});
