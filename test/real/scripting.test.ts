import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptsIn } from '../support/scripts.ts';
import { commandLine } from './support/test-user.ts';

/** Runs the scripts of docs/scripting.md with real shells and jq, in the sandbox. */
describe('docs/scripting.md', () => {
  const scripts = scriptsIn(readFileSync('docs/scripting.md', 'utf8'));
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nubes-real-scripts-'));
    for (const [name, text] of scripts) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a shell command in a new sandbox. */
  async function inSandbox(line: string) {
    const [node, ...words] = commandLine(['sandbox', 'run', '--', 'bash', '-euc', line]);
    return execa(node, words, { cwd: folder, reject: false });
  }

  it('docs/scripting.md has the scripts tested here, and those of test/processes/course.test.ts', () => {
    const named = ['branch.bash', 'class.yaml', 'course.bash', 'course.sh', 'sizes.bash'];
    const course = ['during.bash', 'people.csv'];
    expect([...scripts.keys()].sort()).toEqual([...named, ...course].sort());
  });

  it('course.bash creates a course, can be run again, and writes its list', async () => {
    const rerun = `mkdir keys
for name in anna bert carla; do ssh-keygen -qt ed25519 -N '' -f keys/$name; done
head -n 4 people.csv > three.csv
bash course.bash three.csv; nubes-nb stop lpd-bert -q; bash course.bash three.csv; nubes-nb ls -q`;
    const { exitCode, stdout, stderr } = await inSandbox(rerun);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n').slice(-3)).toEqual(['lpd-anna', 'lpd-bert', 'lpd-carla']);
    const list = readFileSync(join(folder, 'participants.csv'), 'utf8');
    expect(list).toMatch(
      /^bert,bert@example\.org,lpd-bert,running,http:\/\/127\.0\.0\.1:\d+\/lab\?token=\w+,/m,
    );
    expect(readFileSync(join(folder, 'pages', 'carla.html'), 'utf8')).toContain('<h1>carla: ');
  });

  it.each(['sh', 'bash --posix'])('course.sh creates a course in %s', async (shell) => {
    const { exitCode, stdout, stderr } = await inSandbox(
      `${shell} course.sh 2; ${shell} course.sh 3; nubes-nb ls -q`,
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n').slice(-3)).toEqual(['train-01', 'train-02', 'train-03']);
  });

  it('course.sh exits 10 if some notebooks failed', async () => {
    const full = 'for n in a b c d; do nubes-nb create $n --no-wait -q; done; sh course.sh 3';
    const { exitCode, stderr } = await inSandbox(full);
    expect(stderr).toContain('2 of 3 failed; run this again');
    expect(exitCode).toBe(10);
  });

  it("branch.bash creates a branch's notebook, or starts it", async () => {
    const line =
      'bash branch.bash; nubes-nb stop b-feature-fit-42 -q; bash branch.bash; nubes-nb ls -q';
    const { exitCode, stdout, stderr } = await inSandbox(line);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/\/lab\?token=\w+\n(.*\n)*.*\/lab.*\nb-feature-fit-42$/);
  });

  it('sizes.bash creates two sizes and stops the large one', async () => {
    const { exitCode, stdout, stderr } = await inSandbox(
      'bash sizes.bash; nubes-nb ls -c name,status',
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/fit-small\tcreated\tl3\.nano/);
    expect(stdout).toMatch(/fit-large\tcreated\tl3\.small/);
    expect(stdout).toMatch(/fit-large +stopped/);
  });

  it('class.yaml is applied as documented', async () => {
    const { exitCode, stdout, stderr } = await inSandbox(
      'nubes-nb apply -f class.yaml --dry-run; nubes-nb apply -f class.yaml -q | sort',
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('+ create  train-01');
    expect(stdout.split('\n').slice(-5)).toEqual([
      'spare-1',
      'spare-2',
      'teacher',
      'train-01',
      'train-02',
    ]);
  });
});
