import { expect, test } from 'vitest';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const environment = { NUBES_NB_SITE_TEAM_SUPPORT: 'cloud@example.org' };

test('an error that only the cloud team can mend names its contact', async () => {
  bench.sandbox.cloud.forbidden.add('os_compute_api:servers:detail');
  const { code, stderr } = await bench.nb('ls', { environment });
  expect(stderr).toContain('hint: ask your cloud team (cloud@example.org) which role permits it\n');
  expect(code).toBe(5);
});

test('with JSON output the hint has it, too, and code and request id stay', async () => {
  bench.sandbox.cloud.forbidden.add('os_compute_api:servers:detail');
  const { stderr } = await bench.nb('ls --json', { environment });
  const { error } = JSON.parse(stderr.split('\n').at(-2) ?? '');
  expect(error).toMatchObject({
    ...{ code: 'NOT_ALLOWED', exit: 5, requestId: expect.stringMatching(/^req-/) },
    hint: 'ask your cloud team (cloud@example.org) which role permits it',
  });
});

test('an error that the user can mend does not', async () => {
  expect((await bench.nb('show none', { environment })).stderr).not.toContain('cloud@');
});

test('whoami prints the contact', async () => {
  expect((await bench.nb('whoami', { environment })).stdout).toContain(
    '\nHelp: cloud@example.org\n',
  );
  expect((await bench.nb('whoami')).stdout).not.toContain('Help:');
});

test('doctor prints the contact if a check failed', async () => {
  bench.sandbox.cloud.forbidden.add('os_compute_api:flavors');
  const { code, stdout } = await bench.nb('doctor', { environment });
  expect(stdout).toMatch(/\nFailed: [a-z, ]*size.*\.\nHelp: cloud@example\.org\n$/);
  expect(code).not.toBe(0);
});

test('the bare program prints the contact, and in JSON as support', async () => {
  expect((await bench.nb('', { environment })).stdout).toMatch(/\nHelp: cloud@example\.org\n$/);
  const { stdout } = await bench.nb('status --json', { environment });
  expect(JSON.parse(stdout)).toMatchObject({ support: 'cloud@example.org' });
  expect((await bench.nb('')).stdout).not.toContain('Help:');
});
