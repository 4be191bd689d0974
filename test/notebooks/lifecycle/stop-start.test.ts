import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requestAsAlice } from '../../support/cloud.ts';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const { id } = JSON.parse((await bench.nb('create x --json')).stdout);

const status = async (name: string) =>
  JSON.parse((await bench.nb(`show ${name} --json`)).stdout).status;

const shelve = (id: string) =>
  requestAsAlice(bench, 'POST', ['compute', `/servers/${id}/action`], { shelve: null });

test('stop keeps the VM and says that it counts towards the quota; start makes the same VM ready again', async () => {
  const stopped = await bench.nb('stop x');
  expect(stopped.stdout).toBe(
    'x is stopped. Its disk is kept, and it still counts towards the quota.\n',
  );
  expect(await status('x')).toBe('stopped');
  const started = await bench.nb('start x --json');
  expect(JSON.parse(started.stdout)).toMatchObject({ id, status: 'ready' });
});

test('start prints the token only with --show-token', async () => {
  expect((await bench.nb('start x')).stdout).not.toContain('token=');
  expect((await bench.nb('start x --show-token')).stdout).toContain('token=');
});

test.each(['start x --show-token', 'create x --if-exists start'])(
  '%s prints the token also at its time-out',
  async (words) => {
    await bench.nb('stop x');
    const { code, stdout } = await bench.nb(`${words} --timeout 1s --json`);
    expect(JSON.parse(stdout).url).toContain('?token=');
    expect(code).toBe(8);
  },
);

test('start ignores the ready marker of the boot before', async () => {
  await bench.nb('stop x');
  const { code, stderr } = await bench.nb('start x --timeout 2s');
  expect(stderr).toContain('Timed out');
  expect(code).toBe(8);
});

test('a second start ignores the ready marker of the boot before the first', async () => {
  await bench.nb('stop x');
  await bench.nb('start x --no-wait');
  bench.pass(1_500);
  const { code, stderr } = await bench.nb('start x --timeout 1s');
  expect(stderr).toContain('Timed out');
  expect(code).toBe(8);
  expect((await bench.nb('start x')).stdout).toContain('x is ready');
});

test('stop succeeds if another command stops the notebook at the same time', async () => {
  const [first, second] = await Promise.all([bench.nb('stop x'), bench.nb('stop x')]);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(await status('x')).toBe('stopped');
});

test('start unshelves a shelved VM, and waits for one that is being shelved', async () => {
  await shelve(id);
  const { code, stdout, stderr } = await bench.nb('start x --json');
  expect(JSON.parse(stdout)).toMatchObject({ id, status: 'ready' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('ls, show, stop and open say that a shelved VM is off', async () => {
  await shelve(id);
  await bench.nb('wait x --for stopped');
  expect((await bench.nb('ls')).stdout).toMatch(/x +released/);
  expect((await bench.nb('show x')).stdout).toMatch(/released/);
  const stopped = await bench.nb('stop x');
  expect(stopped).toMatchObject({
    code: 0,
    stdout: 'x is off already: its VM is shelved, with the disk in the image store.\n',
  });
  const opened = await bench.nb('open x');
  expect(opened.stderr).toContain('x is released.\nhint: nubes-nb open x --start\n');
  expect(opened.code).toBe(6);
  const { code, stderr } = await bench.nb('ssh x');
  expect(stderr).toContain('x cannot be reached: it is released.\nhint: nubes-nb start x\n');
  expect(code).toBe(6);
});

test('delete --yes waits until Nova no longer has the VM, and removes its host key', async () => {
  const hosts = () => readFileSync(join(bench.stateFolder, 'known_hosts'), 'utf8');
  expect(hosts()).toContain('nubes-nb-');
  expect((await bench.nb('delete x --yes')).stdout).toBe('x is deleted.\n');
  expect(hosts()).toBe('');
  expect((await bench.nb('show x')).code).toBe(3);
  expect((await bench.nb('ls --json')).stdout).toBe('[]\n');
});
