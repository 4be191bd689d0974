import { execa } from 'execa';
import { expect, test } from 'vitest';
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
