import { writeFileSync } from 'node:fs';
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
const dryRun = async (stdin: string) =>
  itemsIn(await bench.nb('create --from - --dry-run --json', { stdin }));

describe('names on stdin', () => {
  test.each([
    ['comments, blanks and spaces', '# a course\n\n  a  \nb # the teacher\n'],
    ['CRLF', 'a\r\nb\r\n'],
    ['a byte order mark', '\ufeffa\nb\n'],
    ['no line break at the end', 'a\nb'],
    ['NDJSON', '{"name":"a"}\n{"name":"b"}\n'],
  ])('may have %s', async (_what, stdin) => {
    expect((await dryRun(stdin)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('as NDJSON say what is different for each', async () => {
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

  test('come from a file as well', async () => {
    writeFileSync(join(bench.home, 'names'), 'a\nb\n');
    const seen = await bench.nb('create c --from names --dry-run -q');
    expect(seen.stdout).toBe('c\na\nb\n');
  });

  const seventeen = namesOf(30);
  seventeen[16] = 'Train_17';
  const many = namesOf(30).join('\n');

  test.each([
    ['nothing', '', 'stdin holds no names.'],
    ['comments only', '# none\n\n', 'stdin holds no names.'],
    ['a name twice', 'a\nb\na\n', 'stdin, line 1 and stdin, line 3: a is named twice.'],
    [
      'a bad name at line 17',
      seventeen.join('\n'),
      "stdin, line 17: 'Train_17' cannot be a notebook's name.",
    ],
    ['a bad object', `${many}\n{"name":\n`, 'stdin, line 31: this is no JSON object.'],
    ['an object without a name', '{"size":"x"}', 'stdin, line 1: name must be a text.'],
    ['an unknown key', '{"name":"a","imgae":"x"}', "stdin, line 1: there is no key 'imgae'."],
    ['a size that is no text', '{"name":"a","size":3}', 'stdin, line 1: size must be a text.'],
    ['a wrong time', '{"name":"a","expires":"soon"}', 'stdin, line 1: expires must be a duration'],
    [
      'a time without a unit',
      '{"name":"a","expires":"86400"}',
      'expires must be a duration from 1h',
    ],
    ['a time with no expiry', '{"name":"a","expires":"99999999d"}', 'a duration from 1h to 366d,'],
    ['no time', '{"name":"a","expires":3600}', 'stdin, line 1: expires must be a duration'],
    [
      'idling for seconds',
      '{"name":"a","idle_timeout":"2s"}',
      'idle_timeout must be a duration from',
    ],
    ['idling for years', '{"name":"a","idle_timeout":"91d"}', 'a duration from 5m to 90d, written'],
    ['a wrong label', '{"name":"a","labels":{"x":"\\u0007"}}', "the label 'x' has a value with"],
    [
      'a label that is no whole number',
      '{"name":"a","labels":{"v":2026.10}}',
      "stdin, line 1: the label 'v' needs a text, in quotes where it looks like a number.",
    ],
    [
      'a label that is too large a number',
      '{"name":"a","labels":{"v":12345678901234567890}}',
      "the label 'v' needs a text",
    ],
    ['too many', Array.from({ length: 1_001 }, (_, at) => `n${at}`).join('\n'), 'at most 1000.'],
  ])('%s: exit 2, and nothing is asked', async (_what, stdin, sentence) => {
    const { code, stdout, stderr } = await bench.nb('create --from -', { stdin });
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(requests()).toEqual([]);
  });

  test('the nearest key is named', async () => {
    const { stderr } = await bench.nb('create --from -', { stdin: '{"name":"a","imgae":"x"}' });
    expect(stderr).toContain("hint: did you mean 'image'?");
  });

  test('bytes that are no text: exit 2', async () => {
    writeFileSync(join(bench.home, 'bytes'), Buffer.from([0xff, 0xfe, 0x41]));
    const { code, stderr } = await bench.nb('create --from bytes');
    expect(stderr).toContain('bytes is not UTF-8 text.');
    expect(code).toBe(2);
  });

  test('a file that is not there: exit 2', async () => {
    const { code, stderr } = await bench.nb('create --from nowhere');
    expect(stderr).toContain('nowhere cannot be read (ENOENT).');
    expect(code).toBe(2);
  });

  test('a terminal is no list: exit 2 and an example to type', async () => {
    const { code, stderr } = await bench.nb('create --from -', { terminal: 80 });
    expect(stderr).toContain('stdin is a terminal; pipe names into it.');
    expect(stderr).toContain("seq -f 'train-%02g' 5 | nubes-nb create --from -");
    expect(code).toBe(2);
  });

  test.each(['create', 'stop', 'delete --yes'])(
    'the same name twice in %s: exit 2',
    async (verb) => {
      const { code, stderr } = await bench.nb(`${verb} a a`);
      expect(stderr).toContain('the command line: a is named twice.');
      expect(code).toBe(2);
    },
  );

  test.each(['stop --all a', 'delete --older-than 3d a', 'stop --label a=b --from names'])(
    '%s: names and a selection exclude each other',
    async (words) => {
      const { code, stderr } = await bench.nb(words);
      expect(stderr).toContain('cannot be combined with');
      expect(code).toBe(2);
    },
  );
});
