import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../../../src/sandbox/vm/key-pair.ts';
import { liveServers } from '../../../support/cloud.ts';
import { itemsIn } from '../../../support/items.ts';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const environment = ownKey(bench);
const nb = (words: string, stdin = '') => bench.nb(words, { environment, stdin });
const newKey = (name: string) => {
  mkdirSync(bench.home, { recursive: true });
  const file = join(bench.home, `${name}.pub`);
  writeFileSync(file, `${makeKeyPair(ssh2, name).public}\n`);
  return file;
};
const row = (name: string, guest: string, key = newKey(guest)) =>
  JSON.stringify({ name, for: guest, for_key: key });
const metadataOf = (name: string) =>
  liveServers(bench).find(({ metadata }) => metadata['nubes-nb:notebook'] === name)?.metadata;

describe.runIf(hasSsh)('a row with a guest, of a notebook that exists', () => {
  test('create --if-exists skip shares the notebook of a row, and changes nothing in a second run', async () => {
    await nb('create t1');
    const rows = row('t1', 'anna');
    const first = await nb('create --from - --if-exists skip', rows);
    expect(first.stdout).toContain('t1 exists already and is running, and is shared with anna now');
    expect(first.code, first.stderr).toBe(0);
    const kept = metadataOf('t1');
    expect(kept?.['nubes-nb:guest.anna']).toMatch(/^\w{16} \w{12} \w{12}$/);
    const again = await nb('create --from - --if-exists skip -o ndjson', rows);
    expect(itemsIn(again)[0]).toMatchObject({ result: 'exists', guests: ['anna'] });
    expect(metadataOf('t1')).toEqual(kept);
  });

  test('create --if-exists start starts and shares a stopped notebook; skip says that it is stopped', async () => {
    await nb('create t1');
    await nb('stop t1');
    const rows = row('t1', 'anna');
    const skipped = await nb('create --from - --if-exists skip', rows);
    expect(skipped.stderr + skipped.stdout).toContain(
      'for anna: t1 cannot be reached: it is stopped',
    );
    expect(skipped.code).toBe(6);
    const started = await nb('create --from - --if-exists start --json', rows);
    expect(itemsIn(started)[0], started.stderr).toMatchObject({
      result: 'started',
      guests: ['anna'],
    });
  });

  test('apply shares the notebook of a row and writes its labels; with another key of the guest, the earlier one is replaced', async () => {
    await nb('create t1');
    const manifest = (key: string) =>
      `notebooks: [{name: t1, for: anna, for_key: ${key}, labels: {course: lpd}}]`;
    const plan = await nb('apply -f - --dry-run', manifest(newKey('anna')));
    expect(plan.stdout).toMatch(/^~ update {2}t1 +running, for anna, course=lpd$/m);
    const applied = await nb('apply -f -', manifest(newKey('anna')));
    expect(applied.stdout).toContain('is shared with anna now');
    const earlier = metadataOf('t1')?.['nubes-nb:guest.anna'];
    const replaced = await nb('apply -f -', manifest(newKey('anna')));
    expect(replaced.code, replaced.stderr).toBe(0);
    expect(metadataOf('t1')?.['nubes-nb:guest.anna']).not.toBe(earlier);
    expect(metadataOf('t1')?.['nubes-nb:label:course']).toBe('lpd');
  });

  test('two shells that create the same row at once end with one VM, which is shared', async () => {
    const rows = row('t1', 'anna');
    const words = 'create --from - --if-exists skip';
    const both = await Promise.all([nb(words, rows), nb(words, rows)]);
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual(
      both.map(({ stderr }) => [0, stderr]),
    );
    bench.pass(10_000);
    expect(liveServers(bench)).toHaveLength(1);
    expect((await nb('share t1 --list')).stdout).toBe('anna (with an SSH key)\n');
  });

  test('a guest who was turned away can use it again if the list still names them', async () => {
    const rows = row('t1', 'anna');
    await nb('create --from -', rows);
    await nb('share t1 --revoke anna');
    expect(metadataOf('t1')).not.toHaveProperty('nubes-nb:guest.anna');
    const again = await nb('create --from - --if-exists skip', rows);
    expect(again.stdout).toContain('is shared with anna now');
  });
});
