import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orphan } from '../../src/notebooks/admin/orphans/orphan.ts';
import { type Auth, authenticate, call } from './support/api.ts';
import { type CloudUser, type CloudUsers, cloudTeam, cloudUsers } from './support/cloud-users.ts';
import { notebookIn } from './support/json-output.ts';
import { lab } from './support/lab.ts';
import { removeVms, requestOtherVm, untilBuilt } from './support/notebook-vms.ts';
import { asAdmin, openstack, shell } from './support/openstack-client.ts';
import { waitUntil } from './support/real-vm.ts';
import type { TestUser } from './support/test-user.ts';

const prefix = `orphans${process.pid}`;
const direct = {
  NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '10.0.0.0/8',
  NUBES_NB_NOTEBOOK_FLOATING_IP: 'auto',
};
const group = 'nubes-nb-jupyter-8888';

/**
 * Anna's direct notebook keeps running, with an address, a security group, a key pair and a login of its own. The team
 * has deleted Ben's, and Dora has left, whose notebook keeps running.
 */
describe('admin orphans on real services', () => {
  let admin: Auth;
  let team: TestUser;
  let users: CloudUsers;
  let ben: CloudUser;
  let [bensVm, dorasVm, otherVm, dorasId] = ['', '', '', ''];
  const vms: string[] = [];
  const projects = new Map<string, string>();

  beforeAll(async () => {
    admin = await authenticate(asAdmin());
    users = cloudUsers(admin, prefix);
    for (const name of ['one', 'two']) projects.set(name, await users.project(name));
    const [anna, dora] = [await member('anna', 'one'), await member('dora', 'two')];
    ben = await member('ben', 'two');
    team = await cloudTeam();
    const logins = [anna.person, ben.person, dora.person, team].map((each) => each.login());
    expect(await Promise.all(logins)).toMatchObject(Array(4).fill({ code: 0 }));
    const bensToken = await authenticate(ben.identity);
    const [, made, left, other] = await Promise.all([
      create(anna, '--access', 'direct'),
      create(ben, '--access', 'direct'),
      create(dora),
      requestOtherVm(bensToken, 'web').then(recorded),
    ]);
    [bensVm, dorasVm, otherVm, dorasId] = [made, left, other, dora.id];
    await untilBuilt(admin, [otherVm]);
    await makeLeftovers(dora);
    await makeCredential('terraform', 3_000);
    const expiry = await makeCredential(`nubes-nb/${prefix}/left`, 3_000);
    await makeCredential(`nubes-nb/${prefix}/valid`, 3_600_000);
    // Two seconds more: services send the time in whole ones.
    await waitUntil(30_000, async () => Date.now() > expiry.getTime() + 2_000);
  }, 600_000);

  afterAll(async () => {
    for (const path of ['ports', 'floatingips', 'security-groups']) await sweep(path);
    await removeVms(admin, vms);
    for (const path of ['ports', 'floatingips', 'security-groups']) await sweep(path);
    await users.cleanUp();
    await team.run(['logout']);
    await team.cleanUp();
  });

  const member = (name: string, project: string) => users.user(name, [{ role: 'member', project }]);

  function recorded(id: string): string {
    vms.push(id);
    return id;
  }

  async function create({ person }: CloudUser, ...flags: readonly string[]): Promise<string> {
    const args = ['create', 'work', ...flags, '--wait', 'running', '--json'];
    const outcome = await person.runWith(direct, args);
    expect(outcome.code, outcome.stderr).toBe(0);
    return recorded(notebookIn(outcome).id);
  }

  /** What the team's own deletion leaves, what Neutron may keep of a VM, and a user who is deleted. */
  async function makeLeftovers(dora: CloudUser): Promise<void> {
    const key = `${ben.identity.user}/work`;
    const removed = await team.run(['admin', 'delete', key, '--reason', 'agreed', '--yes']);
    expect(removed.code, removed.stderr).toBe(0);
    await removeVms(admin, [otherVm]);
    for (const id of [bensVm, otherVm]) await leavePort(id);
    await call(admin, 'DELETE', `${lab('OS_AUTH_URL')}/users/${dora.id}`);
  }

  async function leavePort(deviceId: string): Promise<void> {
    const network = { network_id: lab('LAB_NETWORK_ID'), project_id: projects.get('two') };
    const port = { ...network, device_id: deviceId, device_owner: 'compute:nova' };
    await call(admin, 'POST', `${lab('LAB_NETWORK_URL')}/ports`, { port });
  }

  /** Returns when it expires, in whole seconds as Keystone has it. */
  async function makeCredential(name: string, ms: number): Promise<Date> {
    const expires = new Date(Date.now() + ms).toISOString().slice(0, 19);
    const url = `${lab('OS_AUTH_URL')}/users/${ben.id}/application_credentials`;
    const body = { application_credential: { name, expires_at: expires } };
    await call(await authenticate(ben.identity), 'POST', url, body);
    return new Date(`${expires}Z`);
  }

  /** What a failed test leaves of the two projects. */
  async function sweep(path: string): Promise<void> {
    const url = `${lab('LAB_NETWORK_URL')}/${path}`;
    for (const id of projects.values()) {
      const found = (await call(admin, 'GET', `${url}?project_id=${id}`)) as Record<
        string,
        { id: string; name: string }[]
      >;
      const all = Object.values(found).flat();
      const own = all.filter(({ name }) => name !== 'default');
      for (const each of own)
        await call(admin, 'DELETE', `${url}/${each.id}`).catch(() => undefined);
    }
  }

  async function found(): Promise<readonly Orphan[]> {
    const { code, stdout, stderr } = await team.run(['admin', 'orphans', '--json']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('not looked at');
    const rows: readonly Orphan[] = JSON.parse(stdout);
    return rows.filter(({ project, user }) => {
      return `${project}`.startsWith(prefix) || `${user}`.startsWith(prefix);
    });
  }

  it('what is left over is listed, each once, and nothing that is in use or of another program', async () => {
    const rows = await found();
    const { user } = ben.identity;
    const two = `${prefix}-two`;
    expect(rows.map(({ kind, project, why }) => `${kind} | ${project} | ${why}`).sort()).toEqual([
      expect.stringMatching(
        new RegExp(`^application credential \\| ${two} \\| it expired at .*, so ${user} runs it$`),
      ),
      `floating ip | ${two} | it has no port`,
      expect.stringMatching(
        new RegExp(`^key pair \\| null \\| no VM of ${user} has it; the client ignores --user`),
      ),
      `port | ${two} | its VM ${bensVm} is gone`,
      `security group | ${two} | no port has it`,
      `vm | ${two} | its user does not exist in Keystone any more`,
    ]);
    const of = (kind: string) => rows.find((row) => row.kind === kind);
    expect(of('vm')).toMatchObject({ id: dorasVm, user: dorasId });
    expect(of('security group')).toMatchObject({ name: group });
    expect(of('application credential')).toMatchObject({ name: `nubes-nb/${prefix}/left`, user });
  });

  it('a member who looks at the own project is shown what Neutron lets them see', async () => {
    const args = ['admin', 'orphans', '--project', `${prefix}-two`, '--json'];
    const { code, stdout, stderr } = await ben.person.run(args);
    expect(code, stderr).toBe(0);
    const rows: readonly Orphan[] = JSON.parse(stdout);
    expect(rows.map(({ kind }) => kind).sort()).toEqual([
      ...['application credential', 'floating ip', 'security group'],
    ]);
    for (const what of ['key pairs', 'application credentials of other users', 'whose 2 ports'])
      expect(stderr).toContain(`not looked at: ${what}`);
  });

  it('the printed commands remove all of it with the official client, and nothing else', async () => {
    const rows = await found();
    const of = (...kinds: readonly string[]) => rows.filter(({ kind }) => kinds.includes(kind));
    const others = of('vm', 'port', 'floating ip', 'security group').map(({ remove }) => remove);
    const { code, stderr } = await shell(`set -eu\n${others.join('\n')}`, '/', {});
    expect([code, stderr]).toEqual([0, '']);
    const [credential] = of('application credential');
    await openstack(ben.identity, ...(credential?.remove ?? '').split(' ').slice(1));
    // The installed client ignores --user, so this is what a newer one requests.
    const [pair] = of('key pair');
    expect(pair?.remove).toBe(`openstack keypair delete --user ${ben.id} ${pair?.name}`);
    const url = `${lab('LAB_COMPUTE_URL')}/os-keypairs/${pair?.name}?user_id=${ben.id}`;
    await call(admin, 'DELETE', url);
    await removeVms(admin, [dorasVm]);
    expect(await found()).toEqual([]);
  });
});
