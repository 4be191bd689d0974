import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { startCloud } from '../../src/sandbox/cloud/cloud.ts';
import { builtProgram } from '../support/build.ts';

/** Of more than 256 KiB, so that V8 gets another flag. */
const count = 200;

test('code that is compiled during a long list is used by the next run', async () => {
  const { nb, home } = await computerWithNotebooks();
  const first = await nb(['ls', '-q']);
  expect(first.stdout.split('\n')).toHaveLength(count);
  const kept = () => cachesOf(home).map((file) => [file, statSync(file).mtimeMs]);
  const before = kept();
  expect(before).not.toEqual([]);
  expect(await nb(['ls', '-q'])).toMatchObject({ stdout: first.stdout, stderr: '', exitCode: 0 });
  expect(kept()).toEqual(before);
}, 60_000);

async function computerWithNotebooks() {
  const [cloud, program] = await Promise.all([startCloud(), builtProgram()]);
  const home = mkdtempSync(join(tmpdir(), 'nubes-nb-long-list-'));
  onTestFinished(async () => {
    rmSync(home, { recursive: true });
    await cloud.close();
  });
  for (let at = 0; at < count; at += 1) cloud.addServer(notebook(`notebook-${at}`));
  mkdirSync(join(home, '.config/nubes-nb'), { recursive: true });
  writeFileSync(join(home, '.config/nubes-nb/config.toml'), settings(cloud.authUrl));
  const nb = (words: readonly string[], input = '') =>
    execa(process.execPath, [program, ...words], {
      ...{ input, env: { HOME: home, PATH: '' }, extendEnv: false, reject: false },
    });
  const password = cloud.users.find(({ name }) => name === 'alice')?.password;
  const login = ['login', '-u', 'alice', '--project', 'jupyter-notebooks', '--password-stdin'];
  expect(await nb(login, password)).toMatchObject({ exitCode: 0 });
  return { nb, home };
}

function notebook(name: string) {
  return {
    user: 'alice',
    name: `nb-alice-${name}`,
    tags: ['nubes-nb', 'nubes-nb.u=alice', `nubes-nb.n=${name}`],
    metadata: {
      ...{ 'nubes-nb:schema': '1', 'nubes-nb:user': 'alice', 'nubes-nb:notebook': name },
      ...{ 'nubes-nb:ref': `alice/${name}`, 'nubes-nb:image': 'jupyter-notebook-2026.11' },
    },
  };
}

function settings(authUrl: string): string {
  return `[openstack]\nauth_url = "${authUrl}"\nuser_domain = "stfc"\n[session]\nstore = "file"\n`;
}

function cachesOf(home: string): string[] {
  const code = join(home, '.cache/nubes-nb/code');
  return readdirSync(code, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('ls-'))
    .map((file) => join(code, file));
}
