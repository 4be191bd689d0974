import { expect, onTestFinished, test } from 'vitest';
import type { Release } from '../../../src/sandbox/cloud/release.ts';
import { workbench } from '../../support/workbench.ts';

test.each<[Release, Release]>([
  ['2025.1', '2026.2'],
  ['2026.2', 'zed'],
])(
  'a notebook on Nova of %s lives on after Keystone became that of %s, and the login too',
  async (release, keystone) => {
    const bench = await workbench({ ldap: false, release });
    onTestFinished(bench.close);
    expect((await bench.login()).code).toBe(0);
    expect((await bench.nb('create x --wait running')).code).toBe(0);
    bench.sandbox.cloud.changeKeystone(keystone);
    const commands = ['stop x', 'start x --wait running', 'whoami --check', 'logout'];
    const again = ['create y --wait running', 'delete x y --yes', 'logout'];
    for (const command of [...commands, 'login', ...again]) {
      const { code, stderr } = await (command === 'login' ? bench.login() : bench.nb(command));
      const warned = /warning|error/.exec(stderr)?.[0];
      expect({ command, code, warned }).toEqual({ command, code: 0, warned: undefined });
    }
    expect(bench.sandbox.cloud.credentials()).toEqual([]);
  },
);
