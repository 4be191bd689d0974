import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteOwnResources } from './support/api.ts';
import { cloudTeam } from './support/cloud-users.ts';
import { notebookIn, notebooksIn, serverIn, serversIn } from './support/json-output.ts';
import { lab } from './support/lab.ts';
import { asAdmin, asUser, openstack } from './support/openstack-client.ts';
import { type CommandResult, createTestUser, type TestUser } from './support/test-user.ts';

describe('another member of the shared project', () => {
  let alice: TestUser;
  let bob: TestUser;
  let aliceServerId = '';
  let forgedId = '';

  beforeAll(async () => {
    for (const name of ['alice', 'bob']) await deleteOwnResources(asUser(name));
    alice = await createTestUser('alice');
    bob = await createTestUser('bob');
    for (const person of [alice, bob]) {
      expect(await person.login(), person.name).toMatchObject({ code: 0 });
    }
    const create = ['create', 'mine', '--wait', 'running', '--json'];
    aliceServerId = notebookIn(await alice.run(create)).id;
    forgedId = serverIn(await openstack(asUser('bob'), ...forgedServerArgs())).id;
  });

  afterAll(async () => {
    for (const person of [alice, bob]) await person.run(['logout']);
    for (const name of ['alice', 'bob']) await deleteOwnResources(asUser(name));
    for (const person of [alice, bob]) await person.cleanUp();
  });

  async function statusOf(id: string): Promise<string> {
    const shown = await openstack(asUser('bob'), 'server', 'show', id, '-f', 'json');
    return serverIn(shown).status;
  }

  it("bob's ls does not list alice's notebook", async () => {
    const listed = notebooksIn(await bob.run(['ls', '--json']));
    expect(listed.map(({ id }) => id)).not.toContain(aliceServerId);
  });

  it.each([
    ['show', 'mine'],
    ['stop', 'mine'],
    ['start', 'mine', '--no-wait'],
    ['url', 'mine'],
    ['delete', 'mine', '--yes'],
  ])("bob's %s does not find alice's notebook by its name", async (...args) => {
    expect(await bob.run(args)).toMatchObject({ code: 3 });
    expect(await statusOf(aliceServerId)).toBe('ACTIVE');
  });

  it.each([['stop'], ['start', '--no-wait'], ['url'], ['delete', '--yes']])(
    "bob's %s of alice's notebook by its id is not allowed",
    async (verb, ...flags) => {
      const outcome = await bob.run([verb ?? '', aliceServerId, ...flags]);
      expect(outcome.code, outcome.stderr).toBe(5);
      expect(await statusOf(aliceServerId)).toBe('ACTIVE');
    },
  );

  it('bob creates a notebook of the same name, and deletes only that', async () => {
    const own = notebookIn(await bob.run(['create', 'mine', '--wait', 'running', '--json']));
    expect(own.id).not.toBe(aliceServerId);
    expect(own.key).toBe('bob/mine');
    expect(await bob.run(['delete', 'mine', '--yes'])).toMatchObject({ code: 0 });
    expect(await statusOf(aliceServerId)).toBe('ACTIVE');
  });

  it("alice's ls does not list a server that bob tagged as alice's", async () => {
    const listed = notebooksIn(await alice.run(['ls', '--json']));
    expect(listed.map(({ id }) => id)).toEqual([aliceServerId]);
  });

  it.each([
    ['show', 'forged'],
    ['stop', 'forged'],
    ['delete', 'forged', '--yes'],
  ])("alice's %s does not find the forged server by name", async (...args) => {
    const outcome: CommandResult = await alice.run(args);
    expect(outcome.code, outcome.stderr).toBe(3);
    expect(await statusOf(forgedId)).toBe('ACTIVE');
  });

  it("alice's delete of the forged server by id is not allowed", async () => {
    expect(await alice.run(['delete', forgedId, '--yes'])).toMatchObject({ code: 5 });
    expect(await statusOf(forgedId)).toBe('ACTIVE');
  });

  it('alice can create a notebook with the name of the forged server', async () => {
    const made = notebookIn(await alice.run(['create', 'forged', '--wait', 'running', '--json']));
    expect(made.id).not.toBe(forgedId);
    expect(made.owner).toBe('alice');
    expect(await alice.run(['delete', 'forged', '--yes'])).toMatchObject({ code: 0 });
    expect(await statusOf(forgedId)).toBe('ACTIVE');
  });

  describe('to an administrator', () => {
    let admin: TestUser;

    beforeAll(async () => {
      admin = await cloudTeam();
      expect(await admin.login()).toMatchObject({ code: 0 });
      expect(await bob.run(['create', 'second', '--wait', 'running'])).toMatchObject({ code: 0 });
    });

    afterAll(async () => {
      await admin.run(['logout']);
      await deleteOwnResources(asAdmin());
      await admin.cleanUp();
    });

    it('admin map agrees with the official client about all VMs with the tag, and marks the forged one', async () => {
      const { code, stdout, stderr } = await admin.run(['admin', 'map', '--json']);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/^Acting as admin of Default in project admin; roles: .*admin/);
      const tagged = ['server', 'list', '--all-projects', '--tags', 'nubes-nb', '-f', 'json'];
      const mapped: readonly Record<string, unknown>[] = JSON.parse(stdout);
      expect(mapped.map(({ id, vmName }) => ({ ID: id, Name: vmName })).sort(byId)).toEqual(
        serversIn(await openstack(asAdmin(), ...tagged)).sort(byId),
      );
      const named = mapped.map(({ id, key, identity }) =>
        [id === forgedId, key, identity].join(' '),
      );
      expect(named.sort()).toEqual([
        ...['false alice/mine ok', 'false bob/second ok', 'true bob/forged tampered'],
      ]);
    });

    it.each(['bob/second', 'nb-bob-second'])('admin show finds %s', async (reference) => {
      const { stdout } = await admin.run(['admin', 'show', reference, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ key: 'bob/second', identity: 'ok', claims: null },
        project: { name: lab('LAB_PROJECT') },
      });
    });

    it('admin ls of a member exits 5 and names the role', async () => {
      const { code, stderr } = await bob.run(['admin', 'ls']);
      expect(stderr).toContain('Nova does not let you list the VMs of all projects');
      expect(stderr).toContain('by default policy this needs admin');
      expect(code).toBe(5);
    });

    it('admin ls of a member lists the own project, with other users unverified', async () => {
      const own = ['admin', 'ls', '--project', lab('LAB_PROJECT'), '--json'];
      const listed: readonly Record<string, unknown>[] = JSON.parse((await bob.run(own)).stdout);
      expect(listed.map(({ key, identity }) => `${key} ${identity}`).sort()).toEqual([
        ...['alice/mine unverified', 'bob/forged tampered', 'bob/second ok'],
      ]);
    });
  });
});

function byId(one: { readonly ID: unknown }, other: { readonly ID: unknown }): number {
  return String(one.ID) < String(other.ID) ? -1 : 1;
}

/** Arguments of `openstack` with which bob creates a server tagged as alice's notebook `forged`. */
function forgedServerArgs(): string[] {
  const tags = ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=forged'];
  const metadata = ['schema=1', 'user=alice', 'notebook=forged', 'ref=alice/forged'];
  return [
    ...['server', 'create', '--image', lab('LAB_IMAGE'), '--flavor', lab('LAB_FLAVOR')],
    ...['--network', lab('LAB_NETWORK'), '--wait', '-f', 'json'],
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...metadata.flatMap((entry) => ['--property', `nubes-nb:${entry}`]),
    'nb-alice-forged',
  ];
}
