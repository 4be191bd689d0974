import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../../../src/sandbox/vm/key-pair.ts';
import { directAccess } from '../../../support/https.ts';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const environment = { ...ownKey(bench), ...directAccess };
const nb = (words: string | readonly string[]) => bench.nb(words, { environment });
const keyOf = (name: string) => {
  const file = join(bench.home, `${name}.pub`);
  mkdirSync(bench.home, { recursive: true });
  const { private: secret, public: open } = makeKeyPair(ssh2, name);
  writeFileSync(file, `${open}\n`);
  writeFileSync(join(bench.home, name), secret, { mode: 0o600 });
  return file;
};
const course = '--label course=lpd';

describe.runIf(hasSsh)('handout', () => {
  beforeEach(async () => {
    for (const [name, guests] of [
      ['t10', ['carl']],
      ['t2', ['anna', 'bert']],
    ] as const) {
      expect((await nb(`create ${name} ${course} --access tunnel`)).code).toBe(0);
      for (const guest of guests) {
        const shared = await nb(['share', name, '--as', guest, '--key', keyOf(guest)]);
        expect(shared.code, shared.stderr).toBe(0);
      }
    }
  });

  test('the table, CSV and JSON have each guest of the label with the URL that share printed, again and again', async () => {
    addNotebook(bench, 'other');
    const json = await nb(`handout ${course} --json`);
    const rows = JSON.parse(json.stdout);
    expect(rows.map(({ guest, notebook }: Record<string, string>) => [guest, notebook])).toEqual([
      ['anna', 't2'],
      ['bert', 't2'],
      ['carl', 't10'],
    ]);
    const again = await nb(['share', 't2', '--as', 'anna', '--json']);
    expect(rows[0].access.url).toBe(JSON.parse(again.stdout).url);
    expect((await nb(`handout ${course} --json`)).stdout).toBe(json.stdout);
    const csv = (await nb(`handout ${course} -o csv`)).stdout.split('\n');
    expect(csv[0]).toBe('guest,notebook,status,url,tunnel,powershell,error');
    expect(csv[1]).toContain(`anna,t2,running,${rows[0].access.url},`);
    expect((await nb(`handout ${course}`)).stdout).toMatch(/anna +t2 +running +http/);
  });

  test('--format html has a page for each guest, without scripts and links to elsewhere, escaped', async () => {
    const { stdout, code } = await nb(`handout ${course} --format html`);
    expect(code).toBe(0);
    expect(stdout.match(/<section>/g)).toHaveLength(3);
    expect(stdout).toContain('<h1>anna: the notebook t2</h1>');
    expect(stdout).toContain('break-after:page');
    expect(stdout).not.toMatch(/<script|<a |href|src=|url\(/);
    expect(stdout).toContain('&gt; ~/.ssh/nubes-nb-');
    const rows = JSON.parse((await nb(`handout ${course} --json`)).stdout);
    for (const { access } of rows) expect(stdout).toContain(`<pre>${access.url}</pre>`);
    const markdown = (await nb(`handout ${course} --format md`)).stdout;
    expect(markdown).toContain('# anna: the notebook t2\n');
    expect(markdown).toContain(`\`\`\`\n${rows[2].access.tunnel.posix}\n\`\`\`\n`);
  });

  test('--folder writes the page of each guest into a file of its own, which only the user can read', async () => {
    const folder = join(bench.home, 'pages');
    const { stdout, code } = await nb(['handout', ...course.split(' '), '--folder', folder]);
    expect(stdout).toBe(
      `3 pages were written, such as ${join(folder, 'anna.html')}. Send each guest only their own.\n`,
    );
    expect(code).toBe(0);
    chmodSync(join(folder, 'bert.html'), 0o644);
    const again = await nb(['handout', ...course.split(' '), '--folder', folder, '--json']);
    const rows: readonly Record<string, string>[] = JSON.parse(again.stdout);
    const files = ['anna', 'bert', 'carl'].map((guest) => join(folder, `${guest}.html`));
    expect(rows.map(({ file }) => file)).toEqual(files);
    for (const file of files) {
      expect(readFileSync(file, 'utf8').match(/<section>/g)).toHaveLength(1);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const markdown = ['--format', 'md', '--folder', folder, '-q'];
    expect((await nb(['handout', '--all', ...markdown])).stdout).toContain('anna.md\n');
    expect(readFileSync(join(folder, 'anna.md'), 'utf8')).toMatch(/^# anna: the notebook t2\n/);
  });

  test('--folder of a file exits 11 and says why', async () => {
    const folder = keyOf('anna');
    const { stderr, code } = await nb(['handout', '--all', '--folder', folder]);
    expect(stderr).toMatch(
      /^error: \S+anna\.pub cannot be written: .+\.\nhint: .+ --folder FOLDER\n$/,
    );
    expect(code).toBe(11);
  });

  test('--for has the people of a list with their addresses, and names those who are guests of no notebook', async () => {
    const list = join(bench.home, 'people.csv');
    writeFileSync(list, 'name,email\nBert,bert@example.org\nzoe,\ncarl,\n');
    const { stdout, stderr, code } = await nb(['handout', '--for', list, '-o', 'csv']);
    expect(stdout).toMatch(
      /^guest,email,notebook,.*\nbert,bert@example\.org,t2,.*\ncarl,,t10,.*\n$/,
    );
    expect(stderr).toContain('people.csv, line 3: zoe is a guest of none of these notebooks.');
    expect(code).toBe(10);
    expect(stderr).not.toContain('whom the list does not have');
    const json = await nb(['handout', ...course.split(' '), '--for', list, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { guest: 'bert', email: 'bert@example.org' },
      { guest: 'carl', email: null },
    ]);
    expect(json.stderr).toContain(
      'warning: guests whom the list does not have: anna (t2). (nubes-nb share t2 --revoke anna)',
    );
    await nb(['handout', '--for', list, '--revoke', '--yes']);
    expect((await nb('share t2 --list')).stdout).toBe('anna (with an SSH key)\n');
  });

  test('--for hands out no page of a guest with another key than in the list, who may be another person', async () => {
    const list = join(bench.home, 'people.csv');
    writeFileSync(list, 'name,key\nanna,anna.pub\nbert,carl.pub\ncarl,gone.pub\n');
    const { stdout, stderr, code } = await nb(['handout', '--for', list, '--json']);
    const rows = JSON.parse(stdout).map(({ guest, access }: Record<string, unknown>) => [
      guest,
      access !== null,
    ]);
    expect(rows).toEqual([
      ['anna', true],
      ['bert', false],
      ['carl', false],
    ]);
    expect(stderr).toContain('line 3: the guest bert of t2 has another key than the list. (');
    expect(stderr).toContain('line 4: there is no file gone.pub.');
    expect(code).toBe(10);
  });

  test('--revoke turns all guests of the label away, and a second time there are none', async () => {
    const refused = await nb(`handout ${course} --revoke`);
    expect(refused.stderr).toContain('Cannot ask for confirmation');
    expect(refused.code).toBe(2);
    const { code, stderr } = await nb(`handout ${course} --revoke --yes`);
    expect(stderr).toContain('anna can no longer use t2.\n');
    expect(code).toBe(0);
    expect((await nb('share t2 --list')).stdout).toContain('t2 has no guests.');
    const again = await nb(`handout ${course} --revoke --yes`);
    expect(again.stderr).toContain('These notebooks have no guests.');
    expect(again.code).toBe(0);
  });

  test('an interrupted --revoke exits 130, says how many are turned away, and does the rest when it is run again', async () => {
    const interruption = new AbortController();
    const { code, stderr } = await bench.nb(`handout ${course} --revoke --yes`, {
      ...{ environment, interruption, terminal: 200 },
      answers: [['anna can no longer use t2.', '']],
      onAnswer: () => interruption.abort('SIGINT'),
    });
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('Interrupted, with 1 of 3 guests turned away');
    expect((await nb('share t10 --list')).stdout).toBe('carl (with an SSH key)\n');
    const again = await nb(`handout ${course} --revoke --yes`);
    expect(again.stderr).toMatch(/^carl can no longer use t10\.$/m);
    expect(again.code).toBe(0);
  });

  test('a guest of a stopped notebook is named, the others are done, and the command exits 10', async () => {
    await nb('stop t10');
    const { code, stderr, stdout } = await nb(`handout ${course} --revoke --yes --json`);
    expect(code).toBe(10);
    expect(stderr).toContain('warning: carl, t10: ');
    expect(JSON.parse(stdout).map(({ error }: { error: unknown }) => error === null)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('another login cannot derive the tokens, and says so for each', async () => {
    const other = bench.secondComputer();
    await other.login();
    const { code, stderr } = await other.nb(`handout ${course} --format html`);
    expect(stderr).toContain('warning: anna, t2: Another login shared t2 with anna');
    expect(stderr).toContain(
      'warning: another login shared notebooks with 3 guests. (if that login is gone: nubes-nb handout --label course=lpd --revoke, then',
    );
    expect(code).toBe(10);
  });

  test('--for with --revoke and no label leaves a guest who has another key than in the list, and says so', async () => {
    const list = join(bench.home, 'people.csv');
    writeFileSync(list, 'name,key\nanna,anna.pub\nbert,carl.pub\n');
    const { code, stderr, stdout } = await nb([
      ...['handout', '--for', list, '--revoke', '--yes', '--json'],
    ]);
    expect(stderr).toContain('anna can no longer use t2.\n');
    expect(stderr).toContain('line 3: the guest bert of t2 has another key than the list. (');
    expect(stderr).toContain('nubes-nb share t2 --revoke bert, if they are the same person');
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject([{ guest: 'anna' }, { guest: 'bert' }]);
    expect((await nb('share t2 --list')).stdout).toBe('bert (with an SSH key)\n');
  });

  test('the question before --revoke names the guests with their notebooks', async () => {
    const { code, stderr } = await bench.nb(`handout ${course} --revoke`, {
      ...{ environment, terminal: 200 },
      answers: [['Continue?', 'n\r']],
    });
    expect(stderr).toContain('This turns away 3 guests: anna (t2), bert (t2), carl (t10).');
    expect(code, stderr).toBe(130);
    expect((await nb('share t10 --list')).stdout).toBe('carl (with an SSH key)\n');
  });
});

describe.runIf(hasSsh)('a class', () => {
  test('each of three people opens the page of the handout with their own key and home; a latecomer is added', async () => {
    const people = ['anna', 'bert', 'carl'];
    const row = (name: string) =>
      JSON.stringify({ name: `nb-${name}`, for: name, for_key: keyOf(name) });
    const make = (names: readonly string[]) =>
      bench.nb(`create --from - ${course} --access tunnel --if-exists skip -q`, {
        environment,
        stdin: names.map(row).join('\n'),
      });
    expect((await make(people.slice(0, 2))).code).toBe(0);
    const latecomer = await make(['carl']);
    expect(latecomer.code, latecomer.stderr).toBe(0);
    const rows = JSON.parse((await nb(`handout ${course} --json`)).stdout);
    expect(rows.map(({ guest }: { guest: string }) => guest)).toEqual(people);
    for (const { guest, access } of rows) {
      const home = join(bench.home, `home of ${guest}`);
      mkdirSync(home);
      const child = spawn('sh', ['-c', `${access.tunnel.posix} -i "$KEY" -o IdentitiesOnly=yes`], {
        env: { HOME: home, PATH: process.env['PATH'] ?? '', KEY: join(bench.home, guest) },
        stdio: 'ignore',
        detached: true,
      });
      const status = await untilAnswers(access.url.replace('/lab?', '/api/status?'));
      if (child.pid !== undefined) process.kill(-child.pid);
      expect([guest, status]).toEqual([guest, 200]);
    }
  });
});

test.runIf(hasSsh)(
  'after a new login, the command that handout names and the same create give a class new pages',
  async () => {
    const list = join(bench.home, 'people.csv');
    keyOf('anna');
    writeFileSync(list, 'name,key\nanna,anna.pub\n');
    const make = ['create', 'c-{name}', '--for', list, ...course.split(' ')];
    const again = [...make, '--access', 'tunnel', '--if-exists', 'start'];
    expect((await nb(again)).code).toBe(0);
    await nb('logout');
    await bench.login();
    expect((await nb(again)).stdout).toContain('c-anna exists already');
    const pages = ['handout', ...course.split(' '), '--for', list];
    const before = await nb(pages);
    expect(before.code).toBe(10);
    expect(before.stderr).toContain(
      `1 guest. (if that login is gone: nubes-nb handout --label course=lpd --for ${list} --revoke, then`,
    );
    expect((await nb([...pages, '--revoke', '--yes'])).code).toBe(0);
    expect((await nb(again)).stdout).toContain('is shared with anna now');
    const after = await nb([...pages, '--format', 'md']);
    expect([after.code, after.stdout]).toEqual([
      0,
      expect.stringContaining('# anna: the notebook'),
    ]);
  },
);

async function untilAnswers(url: string): Promise<number> {
  for (let left = 100; left > 0; left -= 1) {
    const reply = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
    if (reply !== undefined) return reply.status;
    await pause(100);
  }
  return 0;
}

test('without a selection it exits 2', async () => {
  const { code, stderr } = await nb('handout');
  expect(stderr).toContain('error: No notebooks are selected.\nhint: nubes-nb handout --label');
  expect(code).toBe(2);
});
