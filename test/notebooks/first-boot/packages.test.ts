import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cloudConfig } from '../../../src/notebooks/first-boot/cloud-config.ts';
import { jupyterUnit } from '../../../src/notebooks/first-boot/jupyter.ts';
import { packagesScript, packagesUnit } from '../../../src/notebooks/first-boot/packages.ts';
import { emptyVm, firstBootIn, packages, boot as sanitize } from '../../support/first-boot.ts';

const boot = { ...sanitize, packages };

let vm: string;
beforeAll(() => {
  vm = mkdtempSync(join(tmpdir(), 'nubes-packages-'));
});
afterAll(() => rmSync(vm, { recursive: true }));
beforeEach(() => emptyVm(vm));

const firstBoot = (script: string, more: Readonly<Record<string, string>> = {}) =>
  firstBootIn(vm, script, more);

test('the packages unit runs before Jupyter, which starts even if it fails', () => {
  const unit = jupyterUnit(boot);
  expect(unit).toContain('After=network-online.target nubes-packages.service\n');
  expect(unit).toContain('Wants=network-online.target nubes-packages.service\n');
  expect(unit).not.toContain('Requires=');
  expect(unit).toContain('Environment=JUPYTER_PATH=/home/alice/.nubes-nb/venv/share/jupyter\n');
  expect(packagesUnit()).toContain('ConditionPathExists=!/var/lib/cloud/instance/nubes-packages\n');
  const paths = (cloudConfig(boot)['write_files'] as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['/etc/nubes/requirements.txt', '/etc/nubes/packages.sh']),
  );
});

test('cloudConfig without packages contains nothing about them', () => {
  const config = JSON.stringify(cloudConfig(sanitize));
  expect(config).not.toMatch(/packages|requirements|JUPYTER_PATH/);
});

test('packagesScript quotes the command and the index for the shell', () => {
  const script = packagesScript(
    { ...boot, command: "/opt/it's/jupyter-lab --x" },
    { ...packages, index: 'https://pypi.example.org/simple?a&b' },
  );
  expect(script).toContain(`command -v '/opt/it'\\''s/jupyter-lab'`);
  expect(script).toContain("--index-url 'https://pypi.example.org/simple?a&b' ");
});

describe('the script', () => {
  const script = packagesScript(boot, packages);

  test('the packages script reports a time-out, exits 0 and does not run again', async () => {
    const { status, word } = await firstBoot(script, { timeout: '[ "$3" = 600 ] && exit 124' });
    expect(status).toBe(0);
    expect(word).toMatchObject({ state: 'failed', reason: 'it took longer than 10 minutes' });
    expect(existsSync(join(vm, 'nubes-packages'))).toBe(true);
  });

  test('the packages script gives up if its account does not appear', async () => {
    rmSync(join(vm, 'home/alice'), { recursive: true });
    const runuser = 'echo "runuser: user alice does not exist" >&2; exit 1';
    const { status, word } = await firstBoot(script, { runuser });
    expect(status).toBe(0);
    expect(word?.reason).toBe('runuser: user alice does not exist');
  });

  test('the packages script reports a reason without control characters, cut to one line', async () => {
    const runuser = `printf 'one\\nERROR \\033[31m${'x'.repeat(400)}\\n'; exit 1`;
    const { word } = await firstBoot(script, { runuser });
    expect(word?.reason).toMatch(/^ERROR \[31mx{150,180}$/);
  });

  test.each([
    ['another program', 'runuser'],
    ['pip', 'jupyter-lab'],
  ])(
    'the packages script prints a reason forged by %s as one line of the console',
    async (_what, by) => {
      // Each echo of dash takes half of the backslashes.
      const forged = [1, 2, 4].map((count) => `${'\\'.repeat(count)}nNUBES-NB PACKAGES`).join('');
      const words = `printf '%s\\n' 'ERROR: a${forged}\\033[31m'`;
      const python = [
        'case $2 in',
        'venv) mkdir -p "$4/bin" "$4/lib/python3/site-packages"; cp "$0" "$4/bin/python" ;;',
        `pip) ${words}; exit 1 ;;`,
        'esac',
      ].join('\n');
      const programs =
        by === 'runuser'
          ? { runuser: `${words}; exit 1` }
          : { 'jupyter-lab': `#!${vm}/bin/python-forging`, 'python-forging': python };
      await firstBoot(script, programs);
      const lines = readFileSync(join(vm, 'console'), 'utf8').split('\n');
      const marked = lines.filter((line) => line.startsWith('NUBES-NB '));
      expect(marked).toHaveLength(2);
      expect(marked[1]).toMatch(/WARN .*a\\nNUBES/);
      expect(lines.join('')).not.toContain('\u001b');
    },
  );

  test('the packages script reports an image whose Python makes no virtual environments', async () => {
    const jupyter = `#!${vm}/bin/python-without-venv -E`;
    const { word } = await firstBoot(script, {
      'jupyter-lab': jupyter,
      'python-without-venv': 'exit 1',
    });
    expect(word?.reason).toBe(
      `${vm}/bin/python-without-venv makes no virtual environment in this image`,
    );
  });
});
