import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyDigest } from '../../../src/ssh/key-digest.ts';
import { createRequests, liveServers } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { numberedKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const line =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN anna';
const apply = async (rows: string) => {
  mkdirSync(bench.home, { recursive: true });
  writeFileSync(join(bench.home, 'anna.pub'), `${line}\n`);
  writeFileSync(join(bench.home, 'secret'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  writeFileSync(join(bench.home, 'm.yaml'), `notebooks:\n${rows}`);
  return bench.nb('apply -f m.yaml --no-wait --yes');
};

describe('for and for_key of a manifest', () => {
  test('the guest is in the metadata, and token digest and key in the user data', async () => {
    expect((await apply('  - {name: t1, for: anna, for_key: anna.pub}\n')).code).toBe(0);
    const [server] = liveServers(bench);
    expect(server?.metadata['nubes-nb:guest.anna']).toMatch(
      /^[0-9a-f]{16} [0-9a-f]{12} [0-9a-f]{12}$/,
    );
    const text = Buffer.from(server?.userData ?? '', 'base64').toString();
    expect(text).toMatch(
      new RegExp(
        `anna [0-9a-f]{64} ${line.split(' ').slice(0, 2).join(' ').replaceAll('+', '\\+')}`,
      ),
    );
    const { stdout } = await bench.nb('share t1 --list');
    expect(stdout).toBe('anna (with an SSH key)\n');
  });

  test.each([
    ['{name: t1, for: anna}', 'line 2: anna needs an SSH key for the tunnel.'],
    [
      '{name: t1, for: Anna Müller, for_key: anna.pub}',
      "line 2: 'Anna Müller' is not a valid name",
    ],
    ['{name: t1, for: "a;rm", for_key: anna.pub}', "line 2: 'a;rm' is not a valid name"],
    ['{name: t1, for: anna, for_key: secret}', 'line 2: secret is a private key'],
    ['{name: t1, for: anna, for_key: nowhere}', 'line 2: there is no file nowhere.'],
    ['{name: t1, for_key: anna.pub}', 'line 2: for_key must be the key of a guest'],
    ['{names: "t-{1..2}", for: anna, for_key: anna.pub}', 'line 2: anna gets two notebooks.'],
    [
      '{name: a, for: anna, for_key: anna.pub}\n  - {name: b, for: anna, for_key: anna.pub}',
      'line 2 and m.yaml, line 3: anna gets two notebooks.',
    ],
    [
      '{name: a, for: anna, for_key: anna.pub}\n  - {name: b, for: bert, for_key: anna.pub}',
      'line 2 and m.yaml, line 3: two people have the same SSH key.',
    ],
  ])('%s is refused before anything is made', async (row, why) => {
    const { code, stderr } = await apply(`  - ${row}\n`);
    expect(stderr).toContain(why);
    expect(code).toBeGreaterThanOrEqual(2);
    expect(createRequests(bench)).toEqual([]);
  });

  test.each(['apply -f m.yaml --no-wait --yes', 'apply -f m.yaml --dry-run'])(
    'a guest who is the owner is refused by %s',
    async (words) => {
      await apply('  - {name: t1, for: alice, for_key: anna.pub}\n');
      const { code, stderr } = await bench.nb(words);
      expect(stderr).toContain('alice owns the notebook, and cannot be a guest of it.');
      expect(code).toBeGreaterThanOrEqual(2);
      expect(createRequests(bench)).toEqual([]);
    },
  );

  test.each([
    ['a guest of it with the same key', keyDigest(line), '=         t1'],
    ['a guest of another login with another key', 'a'.repeat(12), '! refused t1'],
  ])('the plan of a notebook that exists shows what becomes of %s', async (_, mark, planned) => {
    const guest = { 'nubes-nb:guest.anna': `${'0'.repeat(16)} ${'a'.repeat(12)} ${mark}` };
    addNotebook(bench, 't1', { metadata: guest });
    await apply('  - {name: t1, for: anna, for_key: anna.pub}\n');
    const { stdout } = await bench.nb('apply -f m.yaml --dry-run');
    expect(stdout).toContain(planned);
  });

  test('the plan refuses to share a notebook that stays stopped, and says so', async () => {
    addNotebook(bench, 'off', { status: 'SHUTOFF' });
    const stdin = JSON.stringify({ name: 'off', for: 'anna', for_key: line });
    const words = 'create --from - --dry-run --json --if-exists';
    const [skipped] = itemsIn(await bench.nb(`${words} skip`, { stdin }));
    expect(skipped).toMatchObject({
      change: 'refused',
      error: { message: 'off cannot be reached: it is stopped.' },
    });
    const [started] = itemsIn(await bench.nb(`${words} start`, { stdin }));
    expect(started).toMatchObject({ change: 'start', detail: 'stopped, for anna' });
  });

  test('a guest who is the owner is refused for a notebook that exists, too', async () => {
    addNotebook(bench, 't1');
    const { code, stderr } = await apply('  - {name: t1, for: alice, for_key: anna.pub}\n');
    expect(stderr).toContain('m.yaml, line 2: alice owns the notebook');
    expect(code).toBe(2);
  });

  test('500 people are planned without a request for each', async () => {
    const rows = Array.from(
      { length: 500 },
      (_, at) => `  - {name: t-${at}, for: p${at}, for_key: ${numberedKey(at)}}\n`,
    );
    await apply(rows.join(''));
    const before = bench.sandbox.cloud.requests.length;
    const { stderr } = await bench.nb('apply -f m.yaml --dry-run');
    expect(stderr).toContain('500');
    expect(bench.sandbox.cloud.requests.length - before).toBeLessThan(20);
    expect(createRequests(bench)).toEqual([]);
  });
});
