import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  authenticationFailed,
  explain,
  portAccessBy,
} from '../../../src/notebooks/connect/diagnose.ts';
import { hasSsh, ownKey } from '../../support/ssh.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
let key: Record<string, string>;
let id: string;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  key = ownKey(bench);
  const { stdout } = await nb('create x --json');
  id = JSON.parse(stdout).id;
});
afterAll(() => bench.close());

const nb = (words: string, more: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...more } });

describe.runIf(hasSsh)('a changed host key', () => {
  const file = () => join(bench.stateFolder, 'known_hosts');
  let pinned: string;
  beforeAll(() => {
    pinned = readFileSync(file(), 'utf8');
    const other = readFileSync(`${key['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, 'utf8');
    writeFileSync(file(), `nubes-nb-${id} ${other}`);
  });
  afterAll(() => writeFileSync(file(), pinned));

  test.each([
    ['exec x -- true', 255],
    ['ssh x -- true', 255],
    ['cp x:a .', 9],
    ['logs x --source jupyter', 9],
    ['restart x --jupyter-only', 9],
    ['tunnel x', 9],
    ['open x --no-browser', 9],
  ])(
    "a changed host key is refused by %s with an explanation instead of ssh's banner",
    async (words, expected) => {
      const { code, stderr } = await nb(words);
      expect(stderr).toContain('presents another host key than the VM of x printed on its console');
      expect(stderr).not.toMatch(/@@@|IDENTIFICATION|known_hosts/);
      expect(code).toBe(expected);
    },
  );
});

test.runIf(hasSsh)(
  'exec and --probe work with spaces, quotes and percent signs in the state folder',
  async () => {
    const home = join(bench.home, `it's "my" 100% $HOME`);
    mkdirSync(home);
    const odd = { XDG_STATE_HOME: home };
    await bench.nb(['login', '-u', 'alice', '--project', 'jupyter-notebooks', '--password-stdin'], {
      stdin: `${bench.sandbox.people.find(({ name }) => name === 'alice')?.password}\n`,
      environment: odd,
    });
    await nb('create odd', odd);
    expect(await nb('exec odd -- echo here', odd)).toMatchObject({ code: 0, stdout: 'here\n' });
    const { stdout } = await nb('show odd --probe --json', odd);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ready' });
    expect(JSON.parse(stdout).tunnel.argv).toContain('StrictHostKeyChecking=yes');
  },
);

describe('an account or a host that ssh could take for an option', () => {
  test('notebook.user that ssh would take for an option exits 11', async () => {
    const { code, stderr } = await nb('exec x -- true', {
      NUBES_NB_NOTEBOOK_USER: '-oProxyCommand=id',
    });
    expect(stderr).toContain('notebook.user');
    expect(code).toBe(11);
  });

  test('an account in the metadata that ssh would take for an option is ignored', async () => {
    const { stdout } = await nb('create y --json');
    const server = bench.sandbox.cloud.addServer({
      name: 'nb-alice-z',
      tags: ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=z'],
      metadata: {
        'nubes-nb:user': 'alice',
        'nubes-nb:notebook': 'z',
        'nubes-nb:account': '-oProxyCommand=id',
      },
    });
    expect(JSON.parse(stdout).status).toBe('ready');
    const shown = JSON.parse((await nb(`show ${server.id} --json`)).stdout);
    expect(shown.tunnel.argv.at(-1)).toMatch(/^alice@127\./);
  });
});

const everyone = { from: null, fromGroup: null } as const;
const ssh = { protocol: 'tcp', firstPort: 22, lastPort: 22, version: 4, ...everyone } as const;

test.each([
  ['a rule for the port', [ssh], { kind: 'open' }],
  ['a rule from 0.0.0.0/0', [{ ...ssh, from: '0.0.0.0/0' }], { kind: 'open' }],
  ['a rule for all protocols', [{ ...ssh, protocol: null }], { kind: 'open' }],
  ['a rule for a range of ports', [{ ...ssh, firstPort: 1, lastPort: 99 }], { kind: 'open' }],
  ['a rule for all ports', [{ ...ssh, firstPort: null, lastPort: null }], { kind: 'open' }],
  ['a network', [{ ...ssh, from: '10.0.0.0/8' }], { kind: 'limited', from: ['10.0.0.0/8'] }],
  ['a network and everyone', [{ ...ssh, from: '10.0.0.0/8' }, ssh], { kind: 'open' }],
  ['another port', [{ ...ssh, firstPort: 80, lastPort: 80 }], { kind: 'closed', groups: ['g'] }],
  ['UDP', [{ ...ssh, protocol: 'udp' }], { kind: 'closed', groups: ['g'] }],
  ['IPv6 alone', [{ ...ssh, version: 6 }], { kind: 'closed', groups: ['g'] }],
  ['members of a group', [{ ...ssh, fromGroup: 'id' }], { kind: 'closed', groups: ['g'] }],
  ['no rule', [], { kind: 'closed', groups: ['g'] }],
] as const)('portAccessBy a security group that admits %s', (_, ingress, access) => {
  expect(portAccessBy([{ name: 'g', ingress }], 22, 4)).toEqual(access);
});

test.each([
  [
    'no name',
    undefined,
    'Cannot resolve the host name of the VM of x: vm.',
    'notebook.host_template',
  ],
  ['no route', undefined, 'There is no route to the VM of x at vm:22.', 'VPN'],
  ['no answer', undefined, 'The VM of x does not answer at vm:22.', 'security groups'],
  ['no answer', { kind: 'open' }, 'The VM of x does not answer at vm:22.', 'security groups'],
  [
    'no answer',
    { kind: 'limited', from: ['10.0.0.0/8'] },
    'admit only 10.0.0.0/8 to',
    'add a rule',
  ],
  ['no answer', { kind: 'closed', groups: ['g'] }, 'No security group of the VM of x', '22 g'],
  ['no answer', { kind: 'closed', groups: [] }, '(it has: none)', '22 GROUP'],
  ['no answer', { kind: 'closed', groups: ['nubes-nb-jupyter-8888', 'g'] }, 'g)', '22 g'],
  ['refused', undefined, 'The VM of x refuses connections to vm:22', 'nubes-nb logs x'],
  ['silent', undefined, 'its sshd does not respond', 'nubes-nb restart x'],
  ['answers', undefined, 'ssh exited with 255 (last)', 'nubes-nb show x'],
] as const)('explain for port check %j and access %j', (check, access, words, hint) => {
  const found = explain('x', { host: 'vm', port: 22 }, { check, access, lastError: 'last' });
  expect(found.message).toContain(words);
  expect(found.message).toMatch(/\.$/);
  expect(found.hint).toContain(hint);
  expect(found.hint).not.toMatch(/\.$/);
});

test.each([
  [undefined, 'add the key that x was created with to your agent: ssh-add FILE'],
  [
    '/home/a/key',
    'set notebook.key_file to the key that x was created with, or add it to your agent: ssh-add FILE',
  ],
])('the hint for a VM that refuses the key file %s is %j', (keyFile, hint) => {
  const target = {
    ...{ serverId: id, user: 'alice', host: 'vm', port: 22, knownHosts: '/k', pinned: true },
    keyFile,
  };
  expect(authenticationFailed({ name: 'x', target }, 'denied').hint).toBe(hint);
});
