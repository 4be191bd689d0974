import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unlimitedBench } from '../../support/cloud.ts';

const bench = await unlimitedBench();

const manifest = (text: string) => writeFileSync(join(bench.home, 'class.yaml'), text);

test('an invalid manifest exits 2 with file and line before the first request', async () => {
  manifest('notebooks:\n  - name: a\n  - name: B_b\n');
  const before = bench.sandbox.cloud.requests.length;
  const { code, stdout, stderr } = await bench.nb('apply -f class.yaml');
  expect(stderr).toContain("class.yaml, line 3: 'B_b' cannot be a notebook's name.");
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(bench.sandbox.cloud.requests).toHaveLength(before);
});

const missing = 'set: x\ndefaults:\n  labels: {a: b}\n  KEY: lost\nnotebooks:\n  - name: a\n';
const own = 'notebooks:\n  - name: a\n  - name: b\n    KEY: lost\n';

test.each([
  ['size', own, 3, "line 4: there is no size named 'lost'."],
  ['image', own, 3, "line 4: there is no image named 'lost'."],
  ['network', own, 3, "line 4: there is no network named 'lost'."],
  ['key', own, 2, 'line 4: '],
  ['size', missing, 3, "line 4: there is no size named 'lost'."],
  ['size', `${missing}    size: gone\n`, 3, "line 7: there is no size named 'gone'."],
])(
  'a %s unknown to OpenStack is refused with file and line, for %j',
  async (key, text, exit, sentence) => {
    manifest(text.replace('KEY', key));
    const { code, stderr } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stderr).toContain(`error: class.yaml, ${sentence}`);
    expect(code).toBe(exit);
  },
);

test('an unknown size is refused with the line of an entry, and without one for a flag', async () => {
  const { stderr } = await bench.nb('create --from - --size lost', { stdin: 'a\nb\n' });
  expect(stderr).toContain("error: There is no size named 'lost'.");
  const line = '{"name":"c","image":"lost"}';
  const seen = await bench.nb('create --from -', { stdin: `a\n${line}\n` });
  expect(seen.stderr).toContain("error: stdin, line 2: there is no image named 'lost'.");
  expect(seen.code).toBe(3);
});

test('apply without --file exits 2', async () => {
  const { code, stderr } = await bench.nb('apply');
  expect(stderr).toContain('-f, --file <file>');
  expect(code).toBe(2);
});
