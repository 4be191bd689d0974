import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { contentOf, furnish } from '../support/home.ts';
import { fakeJupyterLab } from '../support/jupyter-lab.ts';
import { hasSsh } from '../support/ssh.ts';

let program: string;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'nubes-nb-home-'));
  writeFileSync(join(home, 'jupyter-lab'), fakeJupyterLab, { mode: 0o755 });
  program = await builtProgram();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The page of a notebook that the built program creates and reaches through a tunnel. */
async function pageOf(...flags: string[]): Promise<string> {
  const script = `set -e
nubes-nb create x -q >/dev/null
nubes-nb tunnel x --background -q >/dev/null
'${process.execPath}' -e 'fetch(process.argv[1]).then((r) => r.text()).then(console.log)' "$(nubes-nb url x -q)"
nubes-nb tunnel x --stop -q >/dev/null`;
  const { stdout } = await execa(
    process.execPath,
    [program, 'sandbox', 'run', ...flags, '--', 'sh', '-c', script],
    {
      env: { PATH: `${home}:/usr/bin:/bin`, HOME: home },
      extendEnv: false,
      reject: false,
    },
  );
  return stdout;
}

describe.runIf(hasSsh)('sandbox run', () => {
  test('a notebook of sandbox run runs a real Jupyter from the PATH, with its folder on the disk of the VM', async () => {
    expect(await pageOf()).toMatch(/^the real one in \/.*nubes-nb-vm-\w+\/home\/alice\/notebooks$/);
  }, 30_000);

  test('a notebook of sandbox run --stand-in runs the stand-in', async () => {
    expect(await pageOf('--stand-in')).toContain('This is where JupyterLab would be');
  }, 30_000);
});

test('the thirty and the twelve notebooks of docs/scripting.md fit into the quota of sandbox run', async () => {
  const script =
    "seq -f 'train-%02g' 42 | NUBES_NB_LIMITS_PER_USER=42 nubes-nb create --from - --dry-run --size l3.nano";
  const words = [program, 'sandbox', 'run', '--', 'sh', '-c', script];
  const { exitCode, stderr } = await execa(process.execPath, words, {
    ...{ env: { HOME: home, PATH: '/usr/bin:/bin' }, extendEnv: false, reject: false },
  });
  expect(exitCode, stderr).toBe(0);
}, 30_000);

test("sandbox run leaves nothing in the user's home", { timeout: 60_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), 'nubes-nb-guest-'));
  try {
    furnish(home);
    const before = contentOf(home);
    const script = 'nubes-nb create x --wait running && nubes-nb ssh-config --write';
    const words = ['sandbox', 'run', '--', 'sh', '-c', script];
    const { exitCode, stdout } = await execa(process.execPath, [program, ...words], {
      ...{ cwd: home, env: { HOME: home, PATH: process.env['PATH'] }, extendEnv: false },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Include \S+nubes-nb-sandbox-\S+ssh_config$/m);
    expect(contentOf(home)).toEqual(before);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
