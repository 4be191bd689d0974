import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releases, traitsOf } from '../../src/sandbox/cloud/release.ts';
import { type Auth, authenticate } from './support/api.ts';
import { type CloudUsers, cloudUsers } from './support/cloud-users.ts';
import { removeVms, requestVm, untilBuilt } from './support/notebook-vms.ts';
import { asAdmin } from './support/openstack-client.ts';
import type { TestUser } from './support/test-user.ts';

const prefix = `roles${process.pid}`;
const release = releases.find((each) => each === process.env['LAB_RELEASE']) ?? 'zed';
const { keystone, needsRoles } = traitsOf(release);
const ofProject = ['reader', 'member', ...(keystone.impliesRoles ? ['manager'] : [])];
const why = ['--reason', 'a test of roles', '--yes'];
const needsAdmin = 'by default policy this needs admin.';
const needsMember = 'is reader, and by default policy this needs member.';

/** By the policies that the services come with: two projects with a notebook each, and a login for each role in the second. */
describe('the admin commands by role', () => {
  let admin: Auth;
  let users: CloudUsers;
  const vms = { one: '', two: '' };
  const key = (project: string) => `${prefix}-owner-${project}/work`;
  const own = ['--project', `${prefix}-two`];

  beforeAll(async () => {
    admin = await authenticate(asAdmin());
    users = cloudUsers(admin, prefix);
    for (const project of ['one', 'two'] as const) {
      await users.project(project);
      const owner = await users.user(`owner-${project}`, [{ role: 'member', project }]);
      const claim = { owner: owner.identity.user, name: 'work' };
      vms[project] = await requestVm(await authenticate(owner.identity), claim);
    }
    await untilBuilt(admin, Object.values(vms));
  });

  afterAll(async () => {
    await removeVms(admin, Object.values(vms));
    await users.cleanUp();
  });

  async function loggedIn(role: string): Promise<TestUser> {
    const { person } = await users.user(role, [{ role, project: 'two' }]);
    const { code, stderr } = await person.login();
    expect(code, stderr).toBe(0);
    return person;
  }

  /** Runs `admin`, which must end with this exit code, and returns what it printed on stderr, or on stdout if it is 0. */
  async function run(person: TestUser, exit: number, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await person.run(['admin', ...args]);
    expect(code, `admin ${args.join(' ')}: ${stderr}`).toBe(exit);
    return exit === 0 ? stdout : stderr;
  }

  describe.each(ofProject)('a %s of a project', (role) => {
    let person: TestUser;

    beforeAll(async () => {
      person = await loggedIn(role);
    });

    it('exits 5 for every command on all projects, with the missing role named', async () => {
      const reading = [['ls'], ['map'], ['report'], ['orphans'], ['show', key('one')]];
      const changing = ['stop', 'start', 'delete'].map((verb) => [verb, key('one'), ...why]);
      for (const args of [...reading, ['logs', key('one')], ...changing]) {
        const refusal = await run(person, 5, ...args);
        expect(refusal).toMatch(new RegExp(`in project ${prefix}-two (is|are) .*${role}`));
        expect(refusal).toContain(needsAdmin);
      }
      const other = await run(person, 5, 'ls', '--project', `${prefix}-one`);
      expect(other).toContain('Keystone does not let you look up projects: your role');
      expect(other).toContain(needsAdmin);
      const hint = `hint: nubes-nb admin ls --project ${prefix}-two shows all that Nova lets you see`;
      expect(await run(person, 3, 'show', vms.one)).toContain(hint);
    });

    it('looks at the own project', async () => {
      for (const verb of ['ls', 'map', 'report'])
        expect(await run(person, 0, verb, ...own)).toContain(`${prefix}-owner-two`);
      expect(await run(person, 0, 'show', vms.two)).toMatch(/^Identity +unverified: /m);
      expect(await run(person, 0, 'show', key('two'), ...own)).toContain(vms.two);
      const orphans = await person.run(['admin', 'orphans', ...own]);
      expect(orphans.stderr).toContain('not looked at: key pairs: their users may need them');
      expect(orphans.stderr).toContain('not looked at: application credentials of other users');
      expect(orphans.code, orphans.stderr).toBe(0);
    });

    const mayChange = role !== 'reader' || !needsRoles;
    it(`${mayChange ? 'reads the console and changes' : 'exits 5 for the console of and a change of'} a notebook in it`, async () => {
      if (mayChange) {
        expect(await run(person, 0, 'logs', vms.two)).not.toBe('');
        expect(await run(person, 0, 'stop', vms.two, ...why)).toContain('is stopped');
        expect(await run(person, 0, 'start', vms.two, ...why)).toContain('is running');
        return;
      }
      expect(await run(person, 5, 'logs', vms.two)).toContain(needsMember);
      for (const verb of ['stop', 'delete'])
        expect(await run(person, 5, verb, vms.two, ...why)).toContain(needsMember);
    });
  });

  it('one with the role admin in one project looks at all projects and changes their notebooks, as Nova permits it', async () => {
    const person = await loggedIn('admin');
    for (const verb of ['ls', 'map', 'report'])
      expect(await run(person, 0, verb)).toContain(`${prefix}-owner-one`);
    expect(await run(person, 0, 'show', key('one'))).toMatch(/^Identity +ok$/m);
    expect(await run(person, 0, 'logs', key('one'))).not.toBe('');
    await run(person, 0, 'orphans');
    expect(await run(person, 0, 'stop', key('one'), ...why)).toContain('is stopped');
    expect(await run(person, 0, 'start', key('one'), ...why)).toContain('is running');
    expect(await run(person, 0, 'delete', key('one'), ...why)).toContain('is deleted');
  });

  it('a reader of the system has no project, so that login exits 5', async () => {
    const { person } = await users.user('system-reader', [{ role: 'reader', project: 'system' }]);
    const { code, stderr } = await person.login();
    expect(stderr).toContain('project');
    expect(code).toBe(5);
  });
});
