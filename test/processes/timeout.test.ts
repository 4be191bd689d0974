import { beforeEach, describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const { faults } = bench.sandbox.cloud;

beforeEach(() => {
  addNotebook(bench, 'up');
  addNotebook(bench, 'down', { status: 'SHUTOFF' });
});

/** Runs a command, and how long it took in seconds of real and virtual time. */
async function timed(words: string) {
  const began = bench.now().getTime();
  const seen = await bench.nb(words);
  faults.clear();
  return { ...seen, seconds: (bench.now().getTime() - began) / 1_000 };
}

const commands = [
  'create new',
  'create one two',
  'start down',
  'start down up',
  'stop up',
  'stop --all --yes',
  'restart up',
  'restart up --jupyter-only',
  'delete up --yes',
  'wait up',
  'wait up down --for stopped',
  'url up',
  'url up --renew --yes',
  'open up --no-browser',
];

describe('a service that does not answer', () => {
  test.each([
    ...commands
      .filter((words) => !/ up down| down up| -/.test(words))
      .map((words) => ['Nova', words] as const),
    ['Nova', 'stop --all --yes'],
    ['Glance', 'create new'],
    ['Glance', 'create one two'],
    ['Neutron', 'create new'],
  ] as const)('%s silent: %s ends by --timeout with 8', async (service, words) => {
    faults.next({ service }, 'slow', { times: 100, ms: 20_000 });
    const { code, stderr, seconds } = await timed(`${words} --timeout 1s`);
    expect(stderr).toMatch(/^error: .*[Tt]imed out|^error: Timed out: /m);
    expect(stderr).toMatch(new RegExp(`${service} .*did not answer`));
    expect(stderr).toMatch(/^hint: /m);
    expect(code).toBe(8);
    expect(seconds).toBeLessThan(5);
  });

  test('Keystone silent: a command that has to renew its token ends by --timeout with 8', async () => {
    bench.pass(2 * 86_400_000);
    faults.next({ service: 'Keystone' }, 'slow', { times: 100, ms: 20_000 });
    const { code, stderr, seconds } = await timed('stop up --timeout 1s');
    expect(stderr).toContain('error: Timed out: Keystone did not answer');
    expect(code).toBe(8);
    expect(seconds).toBeLessThan(5);
  });

  test('a create that sent no request says that nothing was created', async () => {
    faults.next({ service: 'Glance' }, 'slow', { times: 100, ms: 20_000 });
    const { stderr } = await timed('create new --timeout 1s');
    expect(stderr).toContain(
      'error: Timed out: Glance did not answer, so new was not created.\nhint: run the same command with a longer --timeout\n',
    );
    expect((await bench.nb('show new')).code).toBe(3);
  });

  test.each(['ls', 'show up', 'url up', 'logs up'])(
    '%s, which has no --timeout, ends by timeouts.http with 9',
    async (words) => {
      bench.configure((toml) => `${toml}\n[timeouts]\nhttp = "1s"\n`);
      faults.next({ service: 'Nova' }, 'slow', { times: 100, ms: 20_000 });
      const { code, seconds } = await timed(words);
      expect(code).toBe(9);
      expect(seconds).toBeLessThan(4);
    },
  );
});

describe('a service that asks to wait', () => {
  test.each(commands)('an hour: %s fails at once and says for how long', async (words) => {
    faults.next({ service: 'Nova' }, 'too-many', { times: 100, ms: 3_600_000 });
    const { code, stderr, seconds } = await timed(`${words} --timeout 5s`);
    expect(stderr).toContain('Nova limits the rate of requests');
    expect(stderr).toContain('hint: try again in 60 min, as Nova asks\n');
    expect(code).toBe(9);
    expect(seconds).toBeLessThan(5);
  });

  test.each(['ls', 'show up', 'url up'])('an hour: %s fails at once', async (words) => {
    faults.next({ service: 'Nova' }, 'too-many', { times: 100, ms: 3_600_000 });
    const { code, seconds } = await timed(words);
    expect(code).toBe(9);
    expect(seconds).toBeLessThan(5);
  });

  test('20 seconds: the pause is reported once, and the command succeeds', async () => {
    faults.next({ service: 'Nova' }, 'too-many', { times: 1, ms: 20_000 });
    const { code, stderr, seconds } = await timed('stop up');
    expect(stderr).toContain('Nova asks to wait 20 s before the next request.\n');
    expect(stderr.match(/asks to wait/g)).toHaveLength(1);
    expect(code).toBe(0);
    expect(seconds).toBeGreaterThan(20);
  });
});
