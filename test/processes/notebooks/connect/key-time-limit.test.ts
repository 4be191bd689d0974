import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeSsh } from '../../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN';

function hangingVm(): Record<string, string> {
  addNotebook(bench, 'x');
  return fakeSsh(bench, 'exec sleep 60').environment;
}

test.each([
  ['key list x', 'the VM of x did not answer.'],
  ['key add x own.pub', 'the VM of x did not answer, and the keys of x may have changed.'],
  ['key remove x anna', 'the VM of x did not answer.'],
])('%s ends after --timeout if the VM does not answer', async (words, why) => {
  const environment = hangingVm();
  writeFileSync(join(bench.home, 'own.pub'), key);
  const { code, stderr } = await bench.nb(`${words} --timeout 1s`, { environment });
  expect(stderr).toContain(`error: Timed out: ${why}\nhint: nubes-nb key list x\n`);
  expect(code).toBe(8);
});

test.each([
  ['key list x', 'Interrupted. Notebooks are left as they are.'],
  ['key add x own.pub', 'Stopped waiting; the keys of x may have changed.'],
])('Ctrl-C in %s says whether a key may have changed', async (words, why) => {
  addNotebook(bench, 'x');
  writeFileSync(join(bench.home, 'own.pub'), key);
  const interruption = new AbortController();
  const { environment, calls } = fakeSsh(bench, 'exec sleep 60');
  const running = bench.nb(words, { environment, interruption });
  while (calls().length === 0) await new Promise((resolve) => setImmediate(resolve));
  interruption.abort('SIGINT');
  const { code, stderr } = await running;
  expect(stderr).toContain(why);
  expect(code).toBe(130);
});

test.each([
  [
    'key add x own.pub',
    'The keys of x may have changed nevertheless.\nhint: nubes-nb key list x\n',
  ],
  [
    'share x --as anna --key own.pub',
    'The VM of x may have the change nevertheless.\nhint: nubes-nb share x --as anna --key FILE\n',
  ],
])('%s whose connection is lost says what may have changed', async (words, why) => {
  addNotebook(bench, 'x');
  writeFileSync(join(bench.home, 'own.pub'), key);
  const lost = "echo 'Timeout, server x not responding.' >&2; exit 255";
  const { environment } = fakeSsh(bench, lost);
  const { code, stderr } = await bench.nb(words, { environment });
  expect(stderr).toContain(why);
  expect(code).toBe(9);
});
