import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { publicKeyKinds } from '../../../src/ssh/public-key.ts';
import { createRequests, liveServers, noQuota, setQuota } from '../../support/cloud.ts';
import { directAccess } from '../../support/https.ts';
import { itemsIn } from '../../support/items.ts';
import { numberedKey, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN anna';
const otherKey = numberedKey(1);
const write = (name: string, content: string | Buffer) =>
  writeFileSync(join(bench.home, name), content);
const people = (...rows: string[]) =>
  write('people.csv', ['name,email,key', ...rows, ''].join('\n'));
const create = (words: string) => bench.nb(`create ${words} --no-wait`);
const named = () =>
  liveServers(bench)
    .map(({ metadata }) => [
      metadata['nubes-nb:notebook'],
      ...Object.keys(metadata).filter((each) => each.startsWith('nubes-nb:guest.')),
    ])
    .sort(([one = ''], [other = '']) => one.localeCompare(other));

beforeEach(() => {
  mkdirSync(bench.home, { recursive: true });
  write('anna.pub', `${key}\n`);
});

describe('create --for', () => {
  test('each person of the list gets a notebook, shared with them, from the file or the text of their key', async () => {
    people('anna,anna@example.org,anna.pub', `Bert Müller,bert@example.org,${otherKey}`);
    const seen = await create('lpd-{name} --for people.csv --label course=lpd --json');
    expect(seen.code, seen.stderr).toBe(0);
    expect(named()).toEqual([
      ['lpd-anna', 'nubes-nb:guest.anna'],
      ['lpd-bert-muller', 'nubes-nb:guest.bert-muller'],
    ]);
    expect(itemsIn(seen)[0]).toMatchObject({ result: 'created', labels: { course: 'lpd' } });
    expect(JSON.stringify([...liveServers(bench)])).not.toContain('example.org');
  });

  test('each line says whom it is shared with, and the end which command makes their pages', async () => {
    people('anna,,anna.pub', `bert,,${otherKey}`);
    const { stdout, stderr } = await create('lpd-{name} --for people.csv --label course=lpd');
    expect(stdout).toMatch(/^lpd-anna is \w+ and shared with anna; your own URL: http/m);
    expect(stderr).toContain(
      '\nTheir pages: nubes-nb handout --label course=lpd --for people.csv --folder pages\n',
    );
    const quiet = await create('new-{name} --for people.csv --json');
    expect(quiet.stderr).not.toContain('handout');
  });

  test('without a pattern a notebook has the name of its person, or that of its column', async () => {
    write('people.csv', `name;notebook;key\nanna;;anna.pub\nbert;lab-1;${otherKey}\n`);
    expect((await create('--for people.csv')).code).toBe(0);
    expect(named().flat()).toEqual(['anna', 'nubes-nb:guest.anna', 'lab-1', 'nubes-nb:guest.bert']);
  });

  test('a second run with a latecomer makes one notebook more', async () => {
    people('anna,,anna.pub');
    await create('lpd-{name} --for people.csv');
    people('anna,,anna.pub', `bert,,${otherKey}`);
    const before = liveServers(bench)[0]?.metadata;
    const { code, stdout } = await create('lpd-{name} --for people.csv --if-exists skip -o ndjson');
    expect(code).toBe(0);
    expect(stdout.match(/"result":"(created|exists)"/g)).toEqual([
      '"result":"exists"',
      '"result":"created"',
    ]);
    expect(liveServers(bench)[0]?.metadata).toEqual(before);
  });

  test.each(['create lpd-{name} --label course=lpd --if-exists start', 'apply -f m.yaml --yes'])(
    'with %s, a notebook without the label of the list is neither started nor shared, whatever the list says',
    async (words) => {
      write('m.yaml', 'notebooks: [{name: "lpd-{name}", labels: {course: lpd}}]\n');
      addNotebook(bench, 'thesis', { status: 'SHUTOFF' });
      write('people.csv', `name,key,notebook\nmallory,anna.pub,thesis\nbert,${otherKey},\n`);
      const { code, stdout, stderr } = await bench.nb(`${words} --for people.csv --no-wait`);
      expect(code).toBe(10);
      expect(stdout).toContain(
        'thesis skipped: thesis exists already without the label course=lpd, so it is not shared with mallory.',
      );
      expect(stderr).toContain('error: 1 of 2 done; not begun: thesis.');
      expect(liveServers(bench)[0]).toMatchObject({ status: 'SHUTOFF' });
      expect(named()).toEqual([['lpd-bert', 'nubes-nb:guest.bert'], ['thesis']]);
    },
  );

  test('a guest of a notebook without the label of the list stays one, also with another key', async () => {
    people('anna,,anna.pub');
    await create('--for people.csv');
    bench.pass(60_000);
    people(`anna,,${otherKey}`);
    const { stdout } = await create('--for people.csv --label a=b --if-exists skip --dry-run');
    expect(stdout).toMatch(/^~ update {2}anna +running, for anna$/m);
  });

  test('skip says that start does the rest, if the notebook of a person is stopped', async () => {
    addNotebook(bench, 'lpd-anna', { status: 'SHUTOFF' });
    people('anna,,anna.pub', `bert,,${otherKey}`);
    const { code, stderr } = await create('lpd-{name} --for people.csv --if-exists skip');
    expect(stderr).toContain(
      'error: 1 of 2 done; refused: lpd-anna.\nhint: run the same command with --if-exists start for the rest\n',
    );
    expect(code).toBe(10);
  });

  test('the plan of new notebooks names the person of each', async () => {
    people('anna,,anna.pub');
    const { stdout } = await create('lpd-{name} --for people.csv --dry-run');
    expect(stdout).toMatch(/^\+ create {2}lpd-anna .*, for anna$/m);
  });

  test('a list can come from stdin, and the command that makes the pages needs it in a file', async () => {
    const stdin = `name,key\r\nanna,${key}\r\n`;
    const { code, stderr } = await bench.nb('create x-{name} --for - --no-wait', { stdin });
    expect(code).toBe(0);
    expect(stderr).toContain(
      '\nTheir pages, with the list in FILE: nubes-nb handout --for FILE --folder pages\n',
    );
    expect(named()).toEqual([['x-anna', 'nubes-nb:guest.anna']]);
  });

  test('direct notebooks need no key', async () => {
    people('anna,,', 'bert,,');
    const words = 'create {name} --for people.csv --access direct --no-wait';
    const { code, stderr } = await bench.nb(words, { environment: directAccess });
    expect(code, stderr).toBe(0);
    expect(named()).toHaveLength(2);
  });

  test('the plan refuses what the run refuses: an existing notebook behind a tunnel, for a person without a key', async () => {
    addNotebook(bench, 'anna', { status: 'SHUTOFF' });
    addNotebook(bench, 'bert', { locked: true });
    people('anna,,', `bert,,${key}`);
    const words = 'create {name} --for people.csv --access direct --if-exists start --json';
    const call = (more: string) =>
      bench.nb(`${words} ${more}`, { environment: { ...directAccess, ...ownKey(bench) } });
    const plan = await call('--dry-run');
    expect(itemsIn(plan).map(({ name, change }) => [name, change])).toEqual([
      ['anna', 'refused'],
      ['bert', 'refused'],
    ]);
    const run = await call('--no-wait');
    const why = (seen: typeof run) =>
      itemsIn(seen).map(({ error }) => [error?.code, error?.message]);
    expect(why(run)).toEqual(
      itemsIn(plan).map(({ name, error }) => [error?.code, `for ${name}: ${error?.message}`]),
    );
    expect(liveServers(bench)[0]).toMatchObject({ status: 'SHUTOFF' });
    const taken = await bench.nb(words.replace('start', 'fail'), {
      environment: { ...directAccess, ...ownKey(bench) },
    });
    expect(itemsIn(taken).map(({ error }) => error?.code)).toEqual(['NAME_TAKEN', 'NAME_TAKEN']);
  });

  test.each([
    [
      'a person without a key',
      'anna,,anna.pub\nbert,,',
      'line 3: bert needs an SSH key for the tunnel.',
    ],
    ['a missing key file', 'anna,,none.pub', 'line 2: there is no file none.pub.'],
    ['a private key file', 'anna,,secret', 'line 2: secret is a private key'],
    [
      'a private key',
      'anna,,"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA"',
      'line 3: the given text is a private key, which only its owner may have.\nhint: give the public one, such as KEY.pub;',
    ],
    [
      'a key of a type that VMs refuse',
      'anna,,ssh-dss AAAAB3NzaC1kc3M=',
      'line 2: the given text is a key of a kind that is not accepted: ssh-dss',
    ],
    [
      'a key with options',
      `anna,,"command=""sh"" ${key}"`,
      'line 2: the given text has options before the key',
    ],
    [
      'a key file of another encoding',
      'anna,,utf16.pub',
      'line 2: utf16.pub has control characters',
    ],
    ['a folder as a key', 'anna,,.ssh', 'line 2: .ssh is a folder'],
    [
      'one person twice',
      'anna,,anna.pub\nAnna,,anna.pub',
      'line 2 and people.csv, line 3: two people are called anna.',
    ],
    [
      'one key for two people',
      `anna,,anna.pub\nbert,,"${key.replace('anna', 'bert')}"`,
      'line 2 and people.csv, line 3: two people have the same SSH key.\nhint: each needs a key of their own',
    ],
    [
      'what several lines have wrong',
      'anna,,none.pub\nbert,,\ncarl,,anna.pub\nalex,,secret',
      '3 faults: people.csv, line 2: there is no file none.pub; people.csv, line 3: bert needs an SSH key for the tunnel; people.csv, line 5: secret is a private key',
    ],
    [
      'what needs a remedy each',
      `anna,,none.pub\nbert,,\ncarl,,other.pub\nzoe,,"${key}"\nalex,,"${key}"`,
      `
hint: people.csv, line 2 and people.csv, line 4: a file with one line, such as ssh-ed25519 AAAA… anna@laptop; kinds: ${publicKeyKinds.join(', ')}
hint: people.csv, line 3: add their public key (for_key, or the column key); or --access direct, which needs none
hint: people.csv, line 5 and people.csv, line 6: each needs a key of their own: ssh-keygen -t ed25519
`,
    ],
    [
      'one notebook for two',
      'a.b,,anna.pub\na_b,,anna.pub',
      'line 2 and people.csv, line 3: lpd-a-b is named twice.',
    ],
    ['the owner', 'alice,,anna.pub', 'line 2: alice owns the notebook'],
    [
      'a name that is too long with the pattern',
      `${'a'.repeat(30)},,anna.pub`,
      "people.csv, line 2: 'lpd-aaa",
    ],
    ['no people', '', 'people.csv lists no people.'],
  ])('%s is refused before anything is made', async (_, rows, why) => {
    write('secret', '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    write('utf16.pub', Buffer.from(key, 'utf16le'));
    people('zoe,,anna.pub', rows);
    if (rows === '') write('people.csv', '');
    else write('people.csv', `name,email,key\n${rows}\n`);
    const { code, stderr } = await create('lpd-{name} --for people.csv');
    expect(stderr).toContain(why);
    expect([2, 3]).toContain(code);
    expect(createRequests(bench)).toEqual([]);
  });

  test.each([
    ['lpd --for people.csv', 'the name is a pattern with {name} in it'],
    ['a-{name} b-{name} --for people.csv', 'the name is a pattern with {name} in it'],
    ['lpd-{name}', '{name} in a name needs a list of people.'],
    ['--for people.csv --from people.csv', '--for and --from both list all notebooks.'],
    ['--for - --passphrase-stdin', '--for - and --passphrase-stdin cannot both read stdin.'],
    ['{name} --for people.csv --open', 'Cannot use --open'],
    ['{name} --for none.csv', 'none.csv cannot be read: there is no such file'],
    ['{name} --for .ssh', '.ssh is a folder'],
    ['{name} --for latin1.csv', 'latin1.csv is not UTF-8 text.\nhint: save it as UTF-8'],
    ['{name} --for utf16.csv', 'utf16.csv is not UTF-8 text.'],
  ])('create %s exits 2', async (words, why) => {
    people('anna,,anna.pub');
    write('latin1.csv', Buffer.from('name\nMüller\n', 'latin1'));
    write('utf16.csv', Buffer.from('name\nanna\n', 'utf16le'));
    const { code, stderr } = await bench.nb(`create ${words}`);
    expect(stderr).toContain(why);
    expect(code).toBe(2);
    expect(createRequests(bench)).toEqual([]);
  });

  test('500 people are refused by the limit before anything is made, and planned without a request for each', async () => {
    setQuota(bench, noQuota);
    people(...Array.from({ length: 500 }, (_, at) => `p${at},,${numberedKey(at)}`));
    const refused = await create('{name} --for people.csv');
    expect(refused.stderr).toContain('limits.per_user');
    expect(refused.code).toBe(7);
    expect(createRequests(bench)).toEqual([]);
    const before = bench.sandbox.cloud.requests.length;
    const environment = { NUBES_NB_LIMITS_PER_USER: '500' };
    const { stderr } = await bench.nb('create {name} --for people.csv --dry-run', { environment });
    expect(stderr).toContain('500 to create');
    expect(bench.sandbox.cloud.requests.length - before).toBeLessThan(20);
  });
});

describe('apply --for', () => {
  const manifest = (...rows: string[]) => write('m.yaml', `notebooks:\n${rows.join('\n')}\n`);
  const apply = (words = '--for people.csv') =>
    bench.nb(`apply -f m.yaml ${words} --no-wait --yes`);

  test('a row with {name} is a notebook for each person, with its fields; other rows are as they are', async () => {
    manifest('  - name: lpd-{name}', '    labels: {course: lpd}', '  - name: teacher');
    people('anna,,anna.pub', `bert,,${otherKey}`);
    const { code, stderr } = await apply();
    expect(code, stderr).toBe(0);
    expect(named()).toEqual([
      ['lpd-anna', 'nubes-nb:guest.anna'],
      ['lpd-bert', 'nubes-nb:guest.bert'],
      ['teacher'],
    ]);
    const labels = liveServers(bench).map(({ metadata }) => metadata['nubes-nb:label:course']);
    expect(labels.filter((label) => label === 'lpd')).toHaveLength(2);
  });

  test('the end names the command that makes the pages, by the labels that all notebooks of guests have', async () => {
    manifest('  - name: "{name}"', '    labels: {course: lpd, part: a}', '  - name: teacher');
    people('anna,,anna.pub');
    const line =
      'Their pages: nubes-nb handout --label course=lpd --label part=a --for people.csv --folder pages\n';
    expect((await apply()).stderr).toMatch(new RegExp(`\\n${line}$`));
    expect((await apply('--for people.csv -o wide')).stderr).toContain(line);
    for (const words of ['-q', '--json', '--dry-run', '-o csv']) {
      expect((await apply(`--for people.csv ${words}`)).stderr).not.toContain('handout');
    }
  });

  test('the set of a manifest is enough to select its notebooks', async () => {
    manifest('  - name: "{name}"', '    labels: {course: lpd, set: course-2026}');
    people('anna,,anna.pub');
    expect((await apply()).stderr).toContain(
      'Their pages: nubes-nb handout --label set=course-2026 --for people.csv --folder pages\n',
    );
  });

  test('guests of rows are in no list, so the command that makes their pages has none', async () => {
    write('key.pub', `${otherKey}\n`);
    manifest(
      '  - {name: "{name}", labels: {course: lpd, part: a}}',
      '  - {name: lab, for: zoe, for_key: key.pub, labels: {course: lpd, part: b}}',
    );
    people('anna,,anna.pub');
    expect((await apply()).stderr).toContain(
      'Their pages: nubes-nb handout --label course=lpd --folder pages\n',
    );
    const stdin = `{"name":"x","for":"zoe","for_key":"key.pub"}\n`;
    const { stderr } = await bench.nb('create --from - --no-wait', { stdin });
    expect(stderr).toContain(
      'Their pages, with those of all your guests: nubes-nb handout --all --folder pages\n',
    );
  });

  test('the command that makes the pages names no label that a notebook which existed already lacks', async () => {
    write('key.pub', `${otherKey}\n`);
    const stdin = `{"name":"x","for":"zoe","for_key":"key.pub"}\n`;
    await bench.nb('create --from - --no-wait', { stdin });
    const { code, stderr } = await bench.nb(
      'create --from - --no-wait --if-exists skip --label course=lpd',
      { stdin },
    );
    expect(stderr).toContain(': nubes-nb handout --all --folder pages\n');
    expect(code).toBe(0);
  });

  test.each([
    ['', '  - name: lpd-{name}', 'line 2: lpd-{name} is a notebook for each person of a list.'],
    ['--for people.csv', '  - name: teacher', 'No name of the manifest has {name} in it.'],
    [
      '--for people.csv',
      '  - name: lpd-{name}\n    for: zoe\n    for_key: anna.pub',
      'line 3: lpd-{name} is for each person.',
    ],
    [
      '--for people.csv',
      '  - name: lpd-{name}\n  - name: x-{name}',
      'people.csv, line 2: anna gets two notebooks.',
    ],
    ['--for people.csv', '  - name: lpd-{nme}', 'line 2: name must be a name, or a range'],
    ['-f - --for -', '  - name: lpd-{name}', '-f - and --for - cannot both read stdin.'],
  ])('apply %s with %s exits 2', async (words, row, why) => {
    manifest(row);
    people('anna,,anna.pub');
    const { code, stderr } = await apply(words);
    expect(stderr).toContain(why);
    expect(code).toBe(2);
    expect(createRequests(bench)).toEqual([]);
  });
});
