import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sharedBench } from '../support/workbench.ts';

const { nb, home } = await sharedBench();

/** In the place of the program: each call succeeds, unless it begins with `failing`, which exits 7. */
async function ownScript(failing = 'none'): Promise<string> {
  const jupyter = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  onTestFinished(() => void jupyter.close());
  await once(jupyter, 'listening');
  const { port } = jupyter.address() as AddressInfo;
  const file = join(home, 'program.sh');
  const script = `case $1 in
${failing}) exit 7 ;;
show) echo '{"tunnel": {"argv": ["sleep", "9"]}}' ;;
url) echo 'http://127.0.0.1:${port}/lab?token=x' ;;
*) echo "ran $*" ;;
esac`;
  writeFileSync(file, script);
  return file;
}

test('sandbox demo prints each command of the session with its output', async () => {
  const { code, stdout } = await nb('sandbox demo', { ownScript: await ownScript() });
  const commands = [...stdout.matchAll(/^\$ nubes-nb (\S+).*\nran \1/gm)].map(([, word]) => word);
  expect(commands.join(' ')).toBe('login whoami create ls stop ls start delete logout');
  expect(stdout).toContain("# Through a tunnel opened with the system's ssh, Jupyter answers 200.");
  expect(stdout).toContain('Nothing is left behind.');
  expect(code).toBe(0);
});

test('sandbox demo ends with the first command that fails, and has its exit code', async () => {
  const { code, stdout } = await nb('sandbox demo', { ownScript: await ownScript('create') });
  expect(stdout).toMatch(/\$ nubes-nb create lpd-tests\n\n# The last command failed\.\n$/);
  expect(code).toBe(7);
});

test.each([
  ['no-such-program', 'there is no such program'],
  ['/etc/passwd', 'permission denied'],
])('sandbox run of %s exits 2 and says why', async (program, reason) => {
  const options = { ownScript: await ownScript() };
  const { code, stderr } = await nb(['sandbox', 'run', '--', program], options);
  expect(stderr).toContain(`error: Cannot run ${program}: ${reason}.\n`);
  expect(code).toBe(2);
});

test('sandbox run logs a user in and ends with the exit code of the command', async () => {
  const options = { ownScript: await ownScript() };
  const { code, stderr } = await nb(
    ['sandbox', 'run', '--as', 'bob', '--', 'sh', '-c', 'exit 3'],
    options,
  );
  expect(stderr).toContain('Logged in as bob to a sandbox that ends with sh.');
  expect(code).toBe(3);
});
