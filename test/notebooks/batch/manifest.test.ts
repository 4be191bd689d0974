import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unlimitedBench } from '../../support/cloud.ts';
import type { Workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await unlimitedBench();
});
afterEach(() => bench.close());

const manifest = (text: string) => writeFileSync(join(bench.home, 'class.yaml'), text);

describe('a wrong manifest exits 2 and names file and line', () => {
  const long = `notebooks:\n${Array.from({ length: 9_998 }, (_, at) => `  - name: n${at}`).join('\n')}\n`;

  test.each([
    [
      'an unknown key',
      'set: a\nnotebook:\n  - name: a\n',
      "class.yaml, line 2: there is no key 'notebook'.\nhint: did you mean 'notebooks'?",
    ],
    [
      'an unknown field',
      'notebooks:\n  - name: a\n    siez: x\n',
      "class.yaml, line 3: there is no key 'siez'.\nhint: did you mean 'size'?",
    ],
    [
      'an unknown field of our own',
      'notebooks:\n  - name: a\n    floating_ip: auto\n',
      "class.yaml, line 3: there is no key 'floating_ip'.",
    ],
    [
      'an unknown default',
      'defaults:\n  sizes: x\nnotebooks: [{name: a}]\n',
      "class.yaml, line 2: there is no key 'sizes'.",
    ],
    ['no list', 'notebooks: 3\n', 'class.yaml, line 1: notebooks must be a list.'],
    [
      'no list further down',
      'set: a\n\nnotebooks: 3\n',
      'class.yaml, line 3: notebooks must be a list.',
    ],
    [
      'defaults that are none',
      'set: a\ndefaults: foo\nnotebooks: [{name: a}]\n',
      'class.yaml, line 2: defaults must be keys with values.',
    ],
    [
      'a bad name inside a list',
      'notebooks:\n  - names:\n      - a\n      - B_b\n',
      "class.yaml, line 4: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a bad name below another field',
      'notebooks:\n  - size: x\n    name: B_b\n',
      "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a range that is none inside a list',
      'notebooks:\n  - names:\n      - a\n      - t-{3..1}\n',
      'class.yaml, line 4: names must be a name, or a range like train-{01..30}.',
    ],
    [
      'a name twice inside a list',
      'notebooks:\n  - names:\n      - a\n      - b\n      - a\n',
      'class.yaml, line 3 and class.yaml, line 5: a is named twice.',
    ],
    [
      'a wrong label below others',
      'notebooks:\n  - name: a\n    labels:\n      course: lpd\n      "a b": c\n',
      "class.yaml, line 5: the label 'a b' has a key that is not",
    ],
    [
      'an empty list',
      'notebooks: []\n',
      'class.yaml, line 1: notebooks must be a list of at least one.',
    ],
    ['nothing', '', 'class.yaml, line 1: the manifest must be keys with values'],
    ['no YAML', 'notebooks:\n  - name: "a\n', 'class.yaml, line '],
    [
      'neither name nor names',
      'notebooks:\n  - size: x\n',
      'class.yaml, line 2: a notebook needs either name or names.',
    ],
    ['both', 'notebooks:\n  - name: a\n    names: b\n', 'a notebook needs either name or names.'],
    [
      'a bad name',
      'notebooks:\n  - name: a\n  - name: B_b\n',
      "class.yaml, line 3: 'B_b' cannot be a notebook's name.",
    ],
    [
      'a name twice',
      'notebooks:\n  - names: t-{1..3}\n  - name: t-2\n',
      'class.yaml, line 2 and class.yaml, line 3: t-2 is named twice.',
    ],
    [
      'a range that is none',
      'notebooks:\n  - names: t-{3..1}\n',
      'class.yaml, line 2: names must be a name, or a range like train-{01..30}.',
    ],
    [
      'a wrong count',
      'notebooks:\n  - name: a\n    count: many\n',
      'class.yaml, line 3: count must be a whole number from 1 to 1000.',
    ],
    [
      'a wrong time',
      'notebooks:\n  - name: a\n    expires: soon\n',
      'class.yaml, line 3: expires must be a duration',
    ],
    [
      'a time beyond what the setting takes',
      'notebooks:\n  - name: a\n    expires: 99999999d\n',
      'class.yaml, line 3: expires must be a duration from 1h to 366d, written like',
    ],
    [
      'a default time without a unit',
      'defaults:\n  idle_timeout: "90"\nnotebooks: [{name: a}]\n',
      'class.yaml, line 2: idle_timeout must be a duration from 5m to 90d, written like',
    ],
    [
      'a wrong label',
      'defaults:\n  labels: {"a b": c}\nnotebooks: [{name: a}]\n',
      "class.yaml, line 2: the label 'a b' has a key that is not",
    ],
    [
      'a label without a value',
      'notebooks:\n  - name: a\n    labels:\n      course:\n',
      "class.yaml, line 4: the label 'course' needs a text",
    ],
    ['10,000 lines', long, 'class.yaml, line 1002: up to here these are more than 1000 notebooks'],
    [
      '10,000 lines of a thousand names each',
      `notebooks:\n${'- names: a1-{000..999}\n'.repeat(10_000)}`,
      'class.yaml, line 3: up to here these are more than 1000 notebooks; at most 1000.',
    ],
    [
      '10,000 ranges of a thousand in one list',
      `notebooks:\n- names:\n${'  - a1-{000..999}\n'.repeat(10_000)}`,
      'class.yaml, line 4: up to here these are more than 1000 notebooks; at most 1000.',
    ],
  ])('%s', async (_what, text, sentence) => {
    manifest(text);
    const before = bench.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await bench.nb('apply -f class.yaml');
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(bench.sandbox.cloud.requests).toHaveLength(before);
  });

  const missing = 'set: x\ndefaults:\n  labels: {a: b}\n  KEY: lost\nnotebooks:\n  - name: a\n';
  const own = 'notebooks:\n  - name: a\n  - name: b\n    KEY: lost\n';

  test.each([
    ['size', own, 3, "line 4: There is no size named 'lost'."],
    ['image', own, 3, "line 4: There is no image named 'lost'."],
    ['network', own, 3, "line 4: There is no network named 'lost'."],
    ['key', own, 2, 'line 4: '],
    ['size', missing, 3, "line 4: There is no size named 'lost'."],
    ['size', `${missing}    size: gone\n`, 3, "line 7: There is no size named 'gone'."],
  ])('also where only the cloud can tell: a %s in %j', async (key, text, exit, sentence) => {
    manifest(text.replace('KEY', key));
    const { code, stderr } = await bench.nb('apply -f class.yaml --dry-run');
    expect(stderr).toContain(`error: class.yaml, ${sentence}`);
    expect(code).toBe(exit);
  });

  test('a flag has no place', async () => {
    const { stderr } = await bench.nb('create --from - --size lost', { stdin: 'a\nb\n' });
    expect(stderr).toContain("error: There is no size named 'lost'.");
    const line = '{"name":"c","image":"lost"}';
    const seen = await bench.nb('create --from -', { stdin: `a\n${line}\n` });
    expect(seen.stderr).toContain("error: stdin, line 2: There is no image named 'lost'.");
    expect(seen.code).toBe(3);
  });

  test('aliases that unfold without end are refused', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const letter of 'bcdefgh') {
      const before = String.fromCharCode(letter.charCodeAt(0) - 1);
      bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(',')}]`);
    }
    manifest(`notebooks:\n  - name: t\n    labels:\n      ${bomb.join('\n      ')}\n`);
    expect((await bench.nb('apply -f class.yaml')).code).toBe(2);
  });

  test('no file at all', async () => {
    const { code, stderr } = await bench.nb('apply');
    expect(stderr).toContain('-f, --file <file>');
    expect(code).toBe(2);
  });
});
