import { describe, expect, test } from 'vitest';
import { cloudConfig } from '../../src/notebooks/first-boot/cloud-config.ts';
import { bootTimesOf, packagesIn, type WrittenFile } from '../../src/sandbox/vm/packages.ts';
import { boot } from '../support/first-boot.ts';

const packages = { lines: ['numpy', 'scipy>=1'], index: undefined };
const config = cloudConfig({ ...boot, packages });
const files = config['write_files'] as WrittenFile[];
const changed = (path: string, from: string, to: string) =>
  files.map((file) =>
    file.path.endsWith(path) ? { ...file, content: file.content.replaceAll(from, to) } : file,
  );
const without = (path: string) => files.filter((file) => !file.path.endsWith(path));

describe('a VM of the sandbox', () => {
  test('packages are read from the user_data', () => {
    expect(packagesIn(files)).toEqual({ lines: ['numpy', 'scipy>=1'], pipError: undefined });
  });

  test.each([
    ['a unit that is not ordered before Jupyter', changed('jupyter.service', 'After=', 'Before=')],
    ['a unit that is not started', changed('jupyter.service', 'Wants=', 'Wanting=')],
    ['no unit', without('packages.service')],
    ['no script', without('packages.sh')],
  ])('packages are not installed with %s', (_what, written) => {
    expect(packagesIn(written)).toBeUndefined();
  });

  test('packages fail as with pip without the requirements file or with an invalid line', () => {
    expect(packagesIn(without('requirements.txt'))?.pipError).toContain('Could not open');
    expect(packagesIn(changed('requirements.txt', 'numpy', '--pre'))?.pipError).toBe(
      "Invalid requirement: '--pre'",
    );
  });

  test('packages are installed at the first boot that lasts long enough, and not again', () => {
    const at = (second: number) => new Date(second * 1_000);
    const packages = { lines: ['numpy'], pipError: undefined };
    const sessions = bootTimesOf([at(0), at(15), at(100)], { readyMs: 10_000, packages });
    expect(sessions).toEqual([
      { readyAt: at(20), installsAt: at(10) },
      { readyAt: at(35), installsAt: at(25) },
      { readyAt: at(110), installsAt: undefined },
    ]);
  });
});
