import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  await bench.nb('create first --no-wait');
  await bench.nb('create second --no-wait');
});
afterAll(() => bench.close());

describe('ls', () => {
  test('ls makes one HTTP request', async () => {
    const before = bench.sandbox.cloud.requests.length;
    await bench.nb('ls');
    const made = bench.sandbox.cloud.requests.slice(before);
    expect(made.map(({ service, path }) => `${service} ${path}`)).toEqual([
      expect.stringMatching(/^Nova .*\/servers\/detail$/),
    ]);
  });

  test('ls makes two HTTP requests if the token has expired', async () => {
    bench.pass(5 * 3_600_000);
    const before = bench.sandbox.cloud.requests.length;
    expect((await bench.nb('ls')).code).toBe(0);
    expect(bench.sandbox.cloud.requests.length - before).toBe(2);
  });

  test('ls makes the same requests among 1,500 VMs of other project members', async () => {
    const before = bench.sandbox.cloud.requests.length;
    for (let index = 0; index < 1_500; index += 1) {
      bench.sandbox.cloud.addServer({ user: 'bob', name: `vm-${index}`, status: 'ERROR' });
    }
    const { stdout } = await bench.nb('ls -q');
    expect(stdout).toBe('first\nsecond\n');
    expect(bench.sandbox.cloud.requests.length - before).toBe(1);
  });

  test('ls prints a table without colour and with full timestamps if stdout is not a terminal', async () => {
    const { stdout } = await bench.nb('ls');
    expect(stdout).toMatch(/^NAME +STATUS +SIZE +ADDRESS +CREATED\n/);
    expect(stdout).toMatch(/\nfirst +\w+ +l3\.nano +\S+ +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ *\n/);
    expect(stdout).not.toContain('\u001b');
  });

  test('ls prints ages and fits the width on a terminal', async () => {
    const { stdout } = await bench.nb('ls -o wide', { terminal: 80 });
    const plain = stdout.replace(/\u001b\[\d+m/g, '');
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(plain).toMatch(/\nfirst .* 5h/);
  });

  test.each([
    ['ls --json', /^\[\n {2}\{\n {4}"name": "first"/],
    ['--json list', /^\[\n/],
    ['ls -o ndjson', /^\{"name":"first".*\}\n\{"name":"second".*\}\n$/],
    ['ls -o name', /^first\nsecond\n$/],
    ['ls -c status,name --no-header', /^\w+ +first *\n\w+ +second *\n$/],
  ])('%s prints nothing but data', async (words, form) => {
    const { code, stdout, stderr } = await bench.nb(words);
    expect(stdout).toMatch(form);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('ls never prints a token', async () => {
    expect((await bench.nb('ls --json')).stdout).not.toContain('token=');
  });

  test('ls without notebooks prints on stderr how to create one', async () => {
    const other = bench.secondComputer();
    await other.login('carol');
    expect(await other.nb('ls')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'You have no notebooks. Create one: nubes-nb create NAME\n',
    });
    expect((await other.nb('ls --json')).stdout).toBe('[]\n');
  });
});
