import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';
import { builtProgram } from '../support/build.ts';
import { liveServers, noQuota, setQuota } from '../support/cloud.ts';
import { type ProcessBench, processBench } from '../support/processes.ts';
import { scriptsIn } from '../support/scripts.ts';
import { hasSsh } from '../support/ssh.ts';
import { addNotebook } from '../support/workbench.ts';

const scripts = scriptsIn(readFileSync('docs/scripting.md', 'utf8'));
const participants = (scripts.get('people.csv') ?? '')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[0] ?? '');

let folder: string;
let bench: ProcessBench;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-course-'));
  bench = await processBench({ bootMs: 300, readyMs: 200 }, '');
  setQuota(bench, noQuota);
  const own = join(bench.environment['HOME'] ?? '', '.ssh', 'id_ed25519');
  writeKeyPair(own, `${own}.pub`);
  for (const name of ['people.csv', 'course.bash', 'during.bash']) {
    writeFileSync(join(folder, name), scripts.get(name) ?? '');
  }
  mkdirSync(join(folder, 'keys'));
  for (const name of [...participants, 'zoe']) makeParticipant(name);
  mkdirSync(join(folder, 'bin'));
  const nubesNb = `#!/bin/sh\nexec '${process.execPath}' '${await builtProgram()}' "$@"\n`;
  writeFileSync(join(folder, 'bin', 'nubes-nb'), nubesNb, { mode: 0o755 });
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

/** With a home and a key of their own; the trainer has the public one. */
function makeParticipant(name: string): void {
  const home = join(folder, 'homes', name);
  mkdirSync(home, { recursive: true });
  writeKeyPair(join(home, 'key'), join(folder, 'keys', `${name}.pub`));
}

function writeKeyPair(secretFile: string, openFile: string): void {
  const { private: secret, public: open } = makeKeyPair(ssh2, 'test');
  writeFileSync(secretFile, secret, { mode: 0o600 });
  writeFileSync(openFile, `${open}\n`);
}

/** Runs words as the trainer. */
async function trainer(program: string, ...words: string[]) {
  const { exitCode, all } = await execa(program, words, {
    cwd: folder,
    env: { ...bench.environment, PATH: `${join(folder, 'bin')}:${bench.environment['PATH']}` },
    ...{ extendEnv: false, reject: false, all: true, stdin: 'ignore' },
  });
  return { exitCode, all };
}

interface Page {
  readonly line: string;
  readonly url: string;
}

/** What the file of each of them in pages/ says. */
function pages(): ReadonlyMap<string, Page> {
  const plain = (text = '') =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
  return new Map(
    readdirSync(join(folder, 'pages')).map((file) => {
      const html = readFileSync(join(folder, 'pages', file), 'utf8');
      const blocks = [...html.matchAll(/<pre>(.*?)<\/pre>/gs)].map(([, text]) => plain(text));
      const [, name = ''] = /<h1>(\S+): the notebook/.exec(html) ?? [];
      return [
        name,
        { line: blocks[0] ?? '', url: blocks.find((each) => each.startsWith('http')) ?? '' },
      ];
    }),
  );
}

/** Runs the line of a participant's page in their home, with nothing of the trainer's. */
function runLine(name: string, { line }: Page) {
  const home = join(folder, 'homes', name);
  const child = spawn('sh', ['-c', `${line} -i "$HOME/key" -o IdentitiesOnly=yes`], {
    env: { HOME: home, PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), stderr }));
  const stop = async () => {
    const runs = child.exitCode === null && child.signalCode === null;
    if (runs && child.pid !== undefined) process.kill(-child.pid);
    await ended;
  };
  onTestFinished(stop);
  return { ended, stop };
}

/** The status and title of a page, once the tunnel is open. */
async function visit({ url }: Page): Promise<readonly [status: number, title: string]> {
  for (let left = 100; left > 0; left -= 1) {
    const reply = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
    if (reply !== undefined) {
      return [reply.status, /<title>(\w+)/.exec(await reply.text())?.[1] ?? ''];
    }
    await pause(50);
  }
  return [0, ''];
}

async function opensPage(name: string, page: Page): Promise<unknown> {
  const tunnel = runLine(name, page);
  const [status, title] = await visit(page);
  await tunnel.stop();
  return { name, status, title };
}

const metadataOf = (name: string) =>
  liveServers(bench).find(({ metadata }) => metadata['nubes-nb:notebook'] === `lpd-${name}`)
    ?.metadata;

describe.runIf(hasSsh)('the course of docs/scripting.md', { timeout: 120_000 }, () => {
  test('twelve participants open their pages, one is turned away, one comes late', async () => {
    expect(participants).toHaveLength(12);
    const course = await trainer('bash', 'course.bash');
    expect(course.exitCode, course.all).toBe(0);
    const first = pages();
    expect([...first.keys()]).toEqual(participants);
    for (const [name, page] of first) {
      expect(await opensPage(name, page)).toEqual({ name, status: 200, title: 'JupyterLab' });
    }
    expect(readFileSync(join(folder, 'participants.csv'), 'utf8')).toContain(
      `\nanna,anna@example.org,lpd-anna,running,${first.get('anna')?.url},`,
    );

    const bert = first.get('bert') ?? { line: '', url: '' };
    const open = runLine('bert', bert);
    expect((await visit(bert))[0]).toBe(200);
    const kept = participants.filter((name) => name !== 'bert');
    const before = kept.map(metadataOf);
    const during = await trainer('bash', 'during.bash');
    expect(during.exitCode, during.all).toBe(0);

    expect((await open.ended).code).toBe(255);
    expect((await runLine('bert', bert).ended).stderr).toContain('Permission denied (publickey)');
    const owners = bench.start(['tunnel', 'lpd-bert']);
    expect((await visit({ ...bert, url: bert.url.replace('/lab?', '/api/status?') }))[0]).toBe(403);
    owners.kill('SIGTERM');
    await owners.ended;

    expect(kept.map(metadataOf)).toEqual(before);
    const second = pages();
    expect([...second.keys()]).toEqual([...kept, 'zoe']);
    expect(kept.map((name) => second.get(name))).toEqual(kept.map((name) => first.get(name)));
    for (const name of ['anna', 'zoe']) {
      const page = second.get(name) ?? { line: '', url: '' };
      expect(await opensPage(name, page)).toEqual({ name, status: 200, title: 'JupyterLab' });
    }
    expect(liveServers(bench)).toHaveLength(13);
  });

  test('a participant whose notebook has failed is named, and the others have their pages', async () => {
    addNotebook(bench, 'lpd-yves', { status: 'ERROR' });
    writeFileSync(join(folder, 'two.csv'), 'name,key\nyves,keys/zoe.pub\nanna,keys/anna.pub\n');
    const { exitCode, all } = await trainer('bash', 'course.bash', 'two.csv');
    expect(all).toMatch(/lpd-yves refused: .*error/);
    expect(all).toContain('two.csv, line 2: yves is a guest of none of these notebooks.');
    expect(exitCode).toBe(10);
    expect([...pages().keys()]).toEqual(['anna']);
  });
});
