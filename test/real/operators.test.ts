import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, looseObject, parse, string } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Auth, authenticate, call, setQuota } from './support/api.ts';
import { type CloudUser, type CloudUsers, cloudTeam, cloudUsers } from './support/cloud-users.ts';
import { lab } from './support/lab.ts';
import { removeVms, requestVm, untilBuilt } from './support/notebook-vms.ts';
import { asAdmin, openstack, shell } from './support/openstack-client.ts';
import type { TestUser } from './support/test-user.ts';

const prefix = `op${process.pid}`;
const vmCount = 40;
const forgedEvery = 8;
const requestsAtOnce = 10;
const manyNotebooks = { NUBES_NB_LIMITS_PER_USER: '100' };
const named = looseObject({ ID: string(), Name: string(), Status: string() });

interface Vm {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly isForged: boolean;
}

describe('the cloud team', () => {
  let admin: Auth;
  let team: TestUser;
  let users: CloudUsers;
  let owners: readonly CloudUser[];
  const projects = new Map<string, string>();
  const vms: Vm[] = [];
  const leftovers: string[] = [];

  beforeAll(async () => {
    admin = await authenticate(asAdmin());
    users = cloudUsers(admin, prefix);
    for (const name of ['one', 'two']) {
      const id = await users.project(name);
      projects.set(name, id);
      await setQuota({ instances: -1, cores: -1, ram: -1 }, id, admin);
    }
    const member = (project: string) => [{ role: 'member', project }];
    owners = [
      await users.user('anna', member('one')),
      await users.user('ben', [...member('one'), ...member('two')]),
      await users.user('cleo', member('two')),
    ];
    team = await cloudTeam();
    expect(await team.login()).toMatchObject({ code: 0 });
    await createVms();
  }, 600_000);

  afterAll(async () => {
    for (const url of leftovers) await call(admin, 'DELETE', url).catch(() => undefined);
    await removeVms(
      admin,
      vms.map(({ id }) => id),
    );
    await users.cleanUp();
    await team.run(['logout']);
    await team.cleanUp();
  }, 300_000);

  /** By the API, as the owners: 40 VMs in two projects, of which some claim to be of the next user. */
  async function createVms(): Promise<void> {
    const tokens = await Promise.all(owners.map(({ identity }) => authenticate(identity)));
    const numbers = Array.from({ length: vmCount }, (_, at) => at);
    for (let at = 0; at < vmCount; at += requestsAtOnce) {
      const some = numbers.slice(at, at + requestsAtOnce);
      vms.push(...(await Promise.all(some.map((number) => createVm(tokens, number)))));
    }
    await untilBuilt(
      admin,
      vms.map(({ id }) => id),
    );
  }

  async function createVm(tokens: readonly Auth[], at: number): Promise<Vm> {
    const number = at % owners.length;
    const owner = owners[number]?.identity.user ?? '';
    const isForged = at % forgedEvery === 0;
    const claimed = isForged ? (owners[(number + 1) % owners.length]?.identity.user ?? '') : owner;
    const name = `n${at}`;
    const token = tokens[number];
    if (token === undefined) throw new Error('no token');
    const id = await requestVm(token, { owner: claimed, name });
    return { id, owner, name, isForged };
  }

  async function json(args: readonly string[], person = team) {
    const { code, stdout, stderr } = await person.run([...args, '--json']);
    expect(code, stderr).toBe(0);
    const rows: readonly Record<string, unknown>[] = JSON.parse(stdout);
    return { rows, stderr };
  }

  it('admin map agrees with openstack server list for 40 VMs of three users, with the forged ones marked', async () => {
    const { rows } = await json(['admin', 'map']);
    const mine = rows.filter(({ vmName }) => String(vmName).startsWith(`nb-${prefix}-`));
    const list = ['server', 'list', '--all-projects', '--long', '--limit', '-1', '-f', 'json'];
    const official = parse(array(named), await openstack(asAdmin(), ...list));
    const sameVms = official.filter(({ Name }) => Name.startsWith(`nb-${prefix}-`));
    expect(mine).toHaveLength(vmCount);
    expect(mine.map(({ id, vmName }) => `${id} ${vmName}`).sort()).toEqual(
      sameVms.map(({ ID, Name }) => `${ID} ${Name}`).sort(),
    );
    expect(mine.map(({ id, key, identity }) => `${id} ${key} ${identity}`).sort()).toEqual(
      vms
        .map(({ id, owner, name, isForged }) => {
          return `${id} ${owner}/${name} ${isForged ? 'tampered' : 'ok'}`;
        })
        .sort(),
    );
  });

  it('"bob says his notebook is broken" ends with the cause in three commands', async () => {
    const [, ben] = owners;
    if (ben === undefined) throw new Error('no user');
    const login = await ben.person.login();
    expect(login.code, login.stderr).toBe(0);
    const broken = await ben.person.runWith(manyNotebooks, [
      'create',
      'fits',
      '--size',
      'l3.huge',
      '--wait',
      'running',
    ]);
    expect(broken.code, broken.stderr).toBe(7);
    const key = `${ben.identity.user}/fits`;
    const walk: string[] = [];
    const step = async (...args: readonly string[]) => {
      const seen = await team.run(['admin', ...args]);
      walk.push(`$ nubes-nb admin ${args.join(' ')}\n${seen.stderr}${seen.stdout}`);
      return seen;
    };
    const ls = await step('ls', '--user', ben.identity.user, '--status', 'error');
    expect(ls.stdout).toMatch(/\bfits +error\b/);
    const show = await step('show', key);
    expect(show.stdout).toMatch(/^Fault +No valid host was found\./m);
    const logs = await step('logs', key, '-n', '60');
    expect(logs.stderr).toContain(`Nova has no console output of ${key} (yet).`);
    const removed = await step('delete', key, '--reason', 'no-host-has-2000-cores', '--yes');
    expect(removed.stdout).toBe(`${key} is deleted: no-host-has-2000-cores\n`);
    writeFileSync('test/real/.artefacts/site-admin.txt', walk.join(''));
    const [anna] = vms.filter(({ isForged }) => !isForged);
    const console = await team.run(['admin', 'logs', anna?.id ?? '']);
    expect([console.code, console.stdout.length > 0]).toEqual([0, true]);
  });

  it('the commands of the official client in docs/operators.md run as they stand', async () => {
    const page = readFileSync('docs/operators.md', 'utf8');
    const text = page.slice(page.indexOf('## The same with the official client'));
    const script = /```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const [vm] = vms.filter(({ isForged }) => !isForged);
    const owner = owners.find(({ identity }) => identity.user === vm?.owner);
    const folder = mkdtempSync(join(tmpdir(), 'nubes-operators-'));
    writeFileSync(join(folder, 'team.pub'), 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA team@nubes\n');
    const { id } = await call(admin, 'POST', `${lab('LAB_IMAGE_URL')}/images`, {
      ...{ name: `${prefix}-image`, disk_format: 'raw', container_format: 'bare' },
    }).then((reply) => parse(looseObject({ id: string() }), reply));
    leftovers.push(`${lab('LAB_IMAGE_URL')}/images/${id}`);
    const variables = {
      UUID: vm?.id,
      NB_USER: vm?.owner,
      NB_NAME: vm?.name,
      USER_ID: owner?.id,
      IMAGE: id,
    };
    const { code, stderr } = await shell(`set -eu\n${script}`, folder, { ...variables });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const shown = await team.run(['admin', 'show', vm?.id ?? '']);
    expect(shown.stdout).toMatch(/^Notice +stopped for maintenance$/m);
  });
});
