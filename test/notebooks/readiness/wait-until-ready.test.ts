import { describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, ownKey } from '../../support/ssh.ts';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...environment } });
const phases = (stderr: string) =>
  [...stderr.matchAll(/^(\w+): .*\(.*s\)$/gm)].map(([, name]) => name);

describe('create', () => {
  test('create prints each step with its time and probes Jupyter', async () => {
    const { code, stderr, stdout } = await nb('create x');
    expect(phases(stderr)).toEqual([
      'preflight',
      'request',
      'building',
      'address',
      'ssh',
      'jupyter',
    ]);
    expect(stderr).toContain(
      hasSsh ? 'jupyter: answers (' : 'jupyter: ready according to the console',
    );
    expect(stderr).not.toContain('warning');
    expect(stdout).toContain('x is ready');
    expect(code).toBe(0);
  });

  test('create probes over ssh in batch mode, once the console has shown the host key', async () => {
    const ssh = fakeSsh(bench, `printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'; exec sleep 9`);
    expect((await nb('create x', ssh.environment)).stderr).toContain('jupyter: answers (');
    const [words = [], ...more] = ssh.calls();
    expect(words.slice(0, 2)).toEqual(['-W', '127.0.0.1:8888']);
    expect(words).toEqual(
      expect.arrayContaining(['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ControlPath=none']),
    );
    expect(more).toEqual([]);
    expect(ssh.variables()).not.toMatch(/NUBES_NB|token/i);
  });

  test.each([
    ['an image without Jupyter', 'create x --image ubuntu-24.04-plain', {}],
    ['a command that is not Jupyter', 'create x', { NUBES_NB_NOTEBOOK_COMMAND: '/opt/lab' }],
  ])('create on %s ends with the reason on the console', async (_what, words, environment) => {
    const { code, stderr } = await nb(words, environment);
    expect(stderr).toContain('the command that starts it is not there (exit code 127)');
    expect(stderr).toContain('hint: nubes-nb logs x --source jupyter, then nubes-nb restart x');
    expect(code).toBe(9);
    expect(JSON.parse((await nb('show x --json --probe')).stdout).status).not.toBe('ready');
  });

  test('create is ready by the console marker without a route, and warns of the failing hop', async () => {
    const { code, stdout, stderr } = await nb('create x --json', {
      NUBES_NB_NOTEBOOK_SSH_PORT: '1',
    });
    expect(JSON.parse(stdout).status).toBe('ready');
    expect(stderr).toMatch(
      /^warning: x is ready according to its console, but this computer cannot reach it\. /,
    );
    expect(stderr).toContain('refuses connections to');
    expect(code).toBe(0);
  });

  test('create with a locked key mentions it only with -v', async () => {
    const refused = 'echo "alice@x: Permission denied (publickey)." >&2; exit 255';
    const ssh = fakeSsh(bench, refused);
    const quiet = await nb('create x', ssh.environment);
    expect(quiet.stderr).toContain('jupyter: ready according to the console');
    expect(quiet.stderr).not.toMatch(/warning|checked/);
    const { stderr, code } = await nb('create y -v', ssh.environment);
    expect(stderr).toContain('Jupyter on y was not checked over ssh (login).');
    expect(code).toBe(0);
  });

  test('create without a key starts no ssh', async () => {
    const ssh = fakeSsh(bench, 'exit 255');
    expect((await bench.nb('create x', { environment: ssh.environment })).code).toBe(0);
    expect(ssh.calls()).toEqual([]);
  });

  test('create keeps waiting for a Jupyter that went down, and times out as unreachable', async () => {
    const down = 'echo "channel 0: open failed: connect failed: Connection refused" >&2; exit 255';
    const ssh = fakeSsh(
      bench,
      `[ "$CALL" -lt 3 ] && { ${down}; }\nread -r asked; printf 'HTTP/1.0 200 OK\\r\\n'`,
    );
    expect((await nb('create x', ssh.environment)).code).toBe(0);
    expect(ssh.calls()).toHaveLength(3);
    const late = await nb('create y --timeout 9s --json', fakeSsh(bench, down).environment);
    expect(JSON.parse(late.stdout).status).toBe('unreachable');
    expect(late.code).toBe(8);
  });

  test('create ends the probe of an ssh that does not answer after a second', async () => {
    const ssh = fakeSsh(bench, 'exec sleep 60');
    const began = Date.now();
    expect((await nb('create x', ssh.environment)).stdout).toContain('x is ready');
    expect(Date.now() - began).toBeLessThan(5_000);
  });
});

describe('a cloud without a console', () => {
  const dark = () => bench.sandbox.cloud.forbidden.add('os_compute_api:os-console-output');

  test('create without a console accepts the first host key and warns', async () => {
    dark();
    const { code, stderr, stdout } = await nb('create x --json');
    if (!hasSsh) return expect(code).toBe(0);
    expect(stderr).toBe(
      'warning: the host key of x is unknown; ssh trusts the first one that it receives.\n',
    );
    expect(JSON.parse(stdout).status).toBe('ready');
  });

  test('create without a console or ssh ends as running with a warning', async () => {
    dark();
    const { code, stderr, stdout } = await nb('create x --json', {
      NUBES_NB_NOTEBOOK_SSH_PORT: '1',
    });
    expect(stderr).toContain(
      "the console of x cannot be read (Nova does not let you read the console of a VM: your role member is enough by default policy, but this cloud's policy for os_compute_api:os-console-output is stricter), and Jupyter cannot be checked over ssh.",
    );
    expect(JSON.parse(stdout).status).toBe('running');
    expect(code).toBe(0);
  });
});
