import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { processBench, until } from '../support/processes.ts';
import { fakeSsh, hasSsh, ownKey } from '../support/ssh.ts';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const environment = ownKey(bench);
await bench.nb('create x', { environment });

test.runIf(hasSsh)('the short line is a tunnel, in a shell with the HOME of the user', async () => {
  const { stdout } = await bench.nb('show x --json', { environment });
  const { tunnel, url } = JSON.parse(stdout);
  const ssh = execa('sh', ['-c', `exec ${tunnel.short}`], {
    ...({ extendEnv: false, stdin: 'ignore', reject: false } as const),
    env: { PATH: process.env['PATH'], HOME: bench.home },
  });
  const page = () =>
    fetch(url).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(page, { timeout: 10_000 }).toBe(200);
  ssh.kill('SIGTERM');
  expect((await ssh).stderr).toBe('');
});

test.each([
  ['the cloud answers', undefined],
  ['the cloud is unreachable too', 'reset'],
  ['the cloud fails', 'html-503'],
] as const)('tunnel is given up after ten minutes of attempts: %s', async (_what, fault) => {
  const lost = `[ "$CALL" = 1 ] && { echo "debug1: Entering interactive session." >&2; exit 255; }
echo "ssh: connect to host: Connection timed out" >&2; exit 255`;
  const ssh = fakeSsh(bench, lost);
  const began = bench.now().getTime();
  const onSleep = () => {
    if (fault !== undefined) bench.sandbox.cloud.faults.rate(fault, 1, 1);
  };
  const { code, stderr } = await bench.nb('tunnel x', { environment: ssh.environment, onSleep });
  expect(stderr).toContain(
    'error: x could not be reached for 10 minutes (ssh: connect to host: Connection timed out), so its tunnel is closed.\nhint: nubes-nb open x',
  );
  const minutes = (bench.now().getTime() - began) / 60_000;
  expect(minutes).toBeGreaterThan(9.9);
  expect(minutes).toBeLessThan(12);
  expect(code).toBe(9);
});

test('a tunnel that Ctrl-C closes leaves its compiled code for the next one', async () => {
  const computer = await processBench({}, '');
  onTestFinished(computer.close);
  await computer.nb(['create', 'x', '--wait', 'running']);
  const { HOME = '' } = computer.environment;
  const opened = join(HOME, 'opened');
  const script = `echo "debug1: Entering interactive session." >&2; touch '${opened}'; exec sleep 60`;
  const { environment: own } = fakeSsh({ home: HOME }, script);
  const argv = [await builtProgram(), 'tunnel', 'x'];
  const env = { ...computer.environment, ...own };
  const tunnel = execa(process.execPath, argv, { env, extendEnv: false, reject: false });
  await until(() => existsSync(opened));
  tunnel.kill('SIGINT');
  const { exitCode, signal } = await tunnel;
  // By the signal if a thread is still busy; a shell sees 130 for both.
  expect(exitCode ?? signal).toBeOneOf([130, 'SIGINT']);
  const builds = join(HOME, '.cache', 'nubes-nb', 'code');
  const kept = readdirSync(builds).flatMap((build) => readdirSync(join(builds, build)));
  expect(kept).toContain('tunnel-connect.pack.bin');
});
