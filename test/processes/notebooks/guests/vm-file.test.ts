import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { beforeEach, expect, test } from 'vitest';
import { makeKeyPair } from '../../../../src/sandbox/vm/key-pair.ts';
import { fakeSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
await bench.nb('create x --label course=lpd', { environment: key });

const vm = join(bench.home, 'vm');
const file = join(vm, 'home/.nubes-nb/guests');
const state = join(vm, 'nubes/guests.state');
const isHanging = join(vm, 'hangs');
const cookieSecret = join(vm, 'home/.local/share/jupyter/runtime/jupyter_cookie_secret');
const digest = 'ab'.repeat(32);
const text = () => readFileSync(file, 'utf8');
const names = () => text().replaceAll(/ .*/g, '').trim().split('\n').filter(Boolean);

const newKey = (name: string) => {
  const path = join(bench.home, `${name}.pub`);
  writeFileSync(path, `${makeKeyPair(ssh2, name).public}\n`);
  return path;
};
const annas = newKey('anna');

beforeEach(() => {
  rmSync(vm, { recursive: true, force: true });
  for (const folder of ['nubes', 'home/.nubes-nb', 'home/.local/share/jupyter/runtime']) {
    mkdirSync(join(vm, folder), { recursive: true });
  }
  writeFileSync(join(vm, 'nubes/guests.sh'), '');
  writeFileSync(state, 'ready -\nssh-ed25519\n');
});

/** The command with an ssh that runs the scripts of guests here; while they sleep, root's script runs. */
const share = (...words: readonly string[]) => nb('share', ...words);

const nb = (...words: readonly string[]) => nbWith('', ...words);

async function nbWith(stdin: string, ...words: readonly string[]) {
  const ssh = fakeSsh(
    bench,
    `for W in "$@"; do :; done
case $W in *guests.state*) ;; *) exit 1 ;; esac
HOME=${vm}/home sh -c "$(printf '%s' "$W" | sed 's#/etc/nubes#${vm}/nubes#g')"`,
  );
  const sleep = join(bench.home, 'bin/sleep');
  const root = `printf 'ready %s\\nssh-ed25519\\n' "$(sha256sum < ${file} | cut -c 1-64)" > ${state}`;
  writeFileSync(sleep, `#!/bin/sh\n[ -e ${isHanging} ] || ${root}\n`);
  chmodSync(sleep, 0o755);
  return bench.nb([...words], { stdin, environment: { ...key, ...ssh.environment } });
}

const list = async () => (await bench.nb('share x --list -q')).stdout.trim().split('\n');

test('a guest stays listed until root has confirmed a --revoke, also when the line is gone already', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  writeFileSync(isHanging, '');
  for (const attempt of [1, 2]) {
    const { code, stderr } = await share('x', '--revoke', 'anna');
    expect([attempt, code, names(), await list()]).toEqual([attempt, 8, [], ['anna']]);
    expect(stderr).toContain('has not confirmed');
  }
  rmSync(isHanging);
  expect((await share('x', '--revoke', 'anna')).code).toBe(0);
  expect(await list()).toEqual(['']);
  expect((await share('x', '--revoke', 'anna')).code).toBe(3);
});

test('--revoke without a file, or with a folder in its place, is not taken for a guest who is gone', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  rmSync(file);
  mkdirSync(file);
  const { code, stderr } = await share('x', '--revoke', 'anna');
  expect([code, await list()]).toEqual([9, ['anna']]);
  expect(stderr).toContain('The guests of x could not be written');
  rmSync(file, { recursive: true });
  expect((await share('x', '--revoke', 'anna')).code).toBe(0);
  expect(text()).toBe('');
});

test('--revoke removes only the line of that name, even if names are equal as numbers', async () => {
  writeFileSync(file, ['01', '1', '1e1', '10'].map((name) => `${name} ${digest}\n`).join(''));
  expect((await share('x', '--revoke', '1')).code).toBe(0);
  expect((await share('x', '--revoke', '10')).code).toBe(0);
  expect(names()).toEqual(['01', '1e1']);
  expect((await share('x', '--revoke', '100e-2')).code).toBe(3);
});

test('--revoke names lines on the VM that Nova does not know, also of another token of a guest', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  expect((await share('x', '--as', 'bob', '--key', newKey('bob'))).code).toBe(0);
  const kept = text();
  writeFileSync(file, `${kept}zed ${digest}\n\u001b[31m ${digest}\n`);
  const { code, stderr } = await share('x', '--revoke', 'anna');
  expect(stderr).toContain('but not shared by nubes-nb as it is there: zed.');
  expect(stderr).toContain('nubes-nb share x --revoke zed');
  writeFileSync(file, `${text()}bob ${digest}\n`);
  const again = await share('x', '--revoke', 'zed', '--json');
  expect([code, again.code]).toEqual([0, 0]);
  expect(JSON.parse(again.stdout)).toMatchObject({ guest: 'zed', unlisted: ['bob'] });
});

test('handout --revoke names such lines as well', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  writeFileSync(file, `${text()}zed ${digest}\n`);
  const { code, stderr } = await nb('handout', '--label', 'course=lpd', '--revoke', '--yes');
  expect([code, names()]).toEqual([0, ['zed']]);
  expect(stderr).toContain('but not shared by nubes-nb as it is there: zed.');
});

test('--revoke removes the secret of Jupyter’s cookies, so that the next start makes another one', async () => {
  writeFileSync(cookieSecret, 'secret');
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  expect(existsSync(cookieSecret)).toBe(true);
  await share('x', '--revoke', 'anna');
  expect(existsSync(cookieSecret)).toBe(false);
});

test('share again writes the same line, and waits for root', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  const written = text();
  writeFileSync(isHanging, '');
  writeFileSync(state, 'ready -\nssh-ed25519\n');
  expect((await share('x', '--as', 'anna')).code).toBe(8);
  rmSync(isHanging);
  const seen = await share('x', '--as', 'anna');
  expect(seen.stderr).toContain('nothing was changed');
  expect([seen.code, text()]).toEqual([0, written]);
});

test('a row whose key the VM has not confirmed is done by a second run', async () => {
  writeFileSync(isHanging, '');
  writeFileSync(state, 'ready -\nssh-ed25519\n');
  const stdin = JSON.stringify({ name: 'x', for: 'anna', for_key: annas });
  const create = () => nbWith(stdin, 'create', '--from', '-', '--if-exists', 'skip');
  expect((await create()).code).toBe(8);
  rmSync(isHanging);
  const again = await create();
  expect(again.stdout).toContain('is shared with anna now');
  expect([again.code, names()]).toEqual([0, ['anna']]);
  expect((await create()).stdout).not.toContain('is shared with anna now');
});

test('share again of a guest whose line is lost needs the key, and makes another token', async () => {
  const first = await share('x', '--as', 'anna', '--key', annas, '-q');
  rmSync(file);
  const without = await share('x', '--as', 'anna');
  expect(without.stderr).toContain('The VM of x does not let anna in');
  expect([without.code, existsSync(file)]).toEqual([6, false]);
  const second = await share('x', '--as', 'anna', '--key', annas);
  expect([second.code, names()]).toEqual([0, ['anna']]);
  expect(second.stdout).not.toContain(first.stdout.trim());
  expect(second.stderr.match(/anna, on /g), second.stderr).toHaveLength(1);
});

test('share with another key makes another token', async () => {
  const first = await share('x', '--as', 'anna', '--key', annas, '-q');
  const second = await share('x', '--as', 'anna', '--key', newKey('other'));
  expect(second.stderr).toContain('anna has another key and another URL for x now');
  expect(second.stdout).not.toContain(first.stdout.trim());
  expect(names()).toEqual(['anna']);
});

test('share with the key of another guest exits 6 and names that guest', async () => {
  expect((await share('x', '--as', 'anna', '--key', annas)).code).toBe(0);
  const { code, stderr } = await share('x', '--as', 'bob', '--key', annas);
  expect(stderr).toContain('anna is a guest of x with the same SSH key.');
  expect([code, names()]).toEqual([6, ['anna']]);
});
