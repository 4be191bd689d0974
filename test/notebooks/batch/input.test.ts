import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noQuota, setQuota } from '../../support/cloud.ts';
import { itemsIn, namesOf } from '../../support/items.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
let before = 0;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 1000\n`);
  setQuota(bench, noQuota);
});
beforeEach(() => {
  before = bench.sandbox.cloud.requests.length;
});
afterAll(() => bench.close());

const requests = () => bench.sandbox.cloud.requests.slice(before);

describe('names on stdin', () => {
  test('create --from - uses the fields of each NDJSON line', async () => {
    const stdin = [
      '{"name":"a","size":"l3.small","labels":{"role":"teacher"},"expires":"7d","idle_timeout":"2h"}',
      'b',
    ].join('\n');
    const words = ['create', '--from', '-', '--label', 'course=lpd', '--no-wait', '--json'];
    const items = itemsIn(await bench.nb(words, { stdin }));
    expect(items.find(({ name }) => name === 'a')).toMatchObject({
      size: { name: 'l3.small' },
      labels: { course: 'lpd', role: 'teacher' },
      idleTimeout: 'PT7200S',
      expiresAt: expect.stringMatching(/^20.*Z$/),
    });
    expect(items.find(({ name }) => name === 'b')).toMatchObject({
      size: { name: 'l3.nano' },
      labels: { course: 'lpd' },
      idleTimeout: null,
    });
    await bench.nb('delete a b --yes -q');
  });

  test('create --from reads names from a file as well', async () => {
    writeFileSync(join(bench.home, 'names'), 'a\nb\n');
    const seen = await bench.nb('create c --from names --dry-run -q');
    expect(seen.stdout).toBe('c\na\nb\n');
  });

  test('an invalid list exits 2 with its line before the first request', async () => {
    const stdin = `${namesOf(16).join('\n')}\nTrain_17\n`;
    const { code, stdout, stderr } = await bench.nb('create --from -', { stdin });
    expect(stderr).toContain("stdin, line 17: 'Train_17' cannot be a notebook's name.");
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(requests()).toEqual([]);
  });

  test.each([
    ['bytes', Buffer.from([0xff, 0xfe, 0x41])],
    ['UTF-16 without a byte order mark', Buffer.from('a\n', 'utf16le')],
  ])('create --from a file that is not UTF-8 but %s exits 2', async (_, text) => {
    writeFileSync(join(bench.home, 'bytes'), text);
    const { code, stderr } = await bench.nb('create --from bytes');
    expect(stderr).toContain('bytes is not UTF-8 text.');
    expect(code).toBe(2);
  });

  test('create --from a missing file exits 2', async () => {
    const { code, stderr } = await bench.nb('create --from nowhere');
    expect(stderr).toContain('nowhere cannot be read: there is no such file.');
    expect(code).toBe(2);
  });

  const inputs = ['create --from', 'stop --from', 'apply -f', 'create new --requirements'];
  const kinds: readonly (readonly [string, (file: string) => unknown, string])[] = [
    ['a named pipe', (file) => execFileSync('mkfifo', [file]), 'is a named pipe.'],
    ['an endless device', (file) => symlinkSync('/dev/zero', file), 'is a device.'],
    ['a folder', (file) => mkdirSync(file), 'is a folder.'],
    [
      'a file of 8 GiB',
      (file) => {
        writeFileSync(file, '');
        truncateSync(file, 2 ** 33);
      },
      'is larger than 4 MiB.',
    ],
  ];
  test.each(
    inputs.flatMap((words) => kinds.map(([kind, make, why]) => [words, kind, make, why] as const)),
  )('%s %s exits 2 before the first request', async (words, _, make, why) => {
    const file = join(bench.home, 'input');
    make(file);
    const { code, stderr } = await bench.nb(`${words} input`);
    rmSync(file, { recursive: true });
    expect(stderr).toContain(`input ${why}\n`);
    expect(code).toBe(2);
    expect(requests()).toEqual([]);
  });

  test('create --from - on a terminal exits 2 with an example', async () => {
    const { code, stderr } = await bench.nb('create --from -', { terminal: 80 });
    expect(stderr).toContain('stdin is a terminal; pipe names into it.');
    expect(stderr).toContain("seq -f 'train-%02g' 5 | nubes-nb create --from -");
    expect(code).toBe(2);
  });

  test.each(['create', 'stop', 'delete --yes'])(
    '%s with the same name twice exits 2',
    async (verb) => {
      const { code, stderr } = await bench.nb(`${verb} a a`);
      expect(stderr).toContain('the command line: a is named twice.');
      expect(code).toBe(2);
    },
  );

  test.each(['stop --all a', 'delete --older-than 3d a', 'stop --label a=b --from names'])(
    '%s exits 2, as names and a selection exclude each other',
    async (words) => {
      const { code, stderr } = await bench.nb(words);
      expect(stderr).toContain('cannot be combined with');
      expect(code).toBe(2);
    },
  );
});
