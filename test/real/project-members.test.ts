import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from './support/api.ts';
import { notebookIn, notebooksIn, serverIn } from './support/json-output.ts';
import { lab } from './support/lab.ts';
import { asUser, openstack } from './support/openstack-client.ts';
import { type Ended, type Person, personCalled } from './support/test-user.ts';

describe('strangers in the shared project', () => {
  let alice: Person;
  let bob: Person;
  let mine = '';
  let forged = '';

  beforeAll(async () => {
    for (const name of ['alice', 'bob']) await sweep(asUser(name));
    alice = await personCalled('alice');
    bob = await personCalled('bob');
    for (const person of [alice, bob]) {
      expect(await person.login(), person.name).toMatchObject({ code: 0 });
    }
    const create = ['create', 'mine', '--wait', 'running', '--json'];
    mine = notebookIn(await alice.run(create)).id;
    forged = serverIn(await openstack(asUser('bob'), ...forgery())).id;
  });

  afterAll(async () => {
    for (const person of [alice, bob]) await person.run(['logout']);
    for (const name of ['alice', 'bob']) await sweep(asUser(name));
    for (const person of [alice, bob]) await person.leave();
  });

  async function statusOf(id: string): Promise<string> {
    const shown = await openstack(asUser('bob'), 'server', 'show', id, '-f', 'json');
    return serverIn(shown).status;
  }

  it("bob's ls does not list alice's notebook", async () => {
    const listed = notebooksIn(await bob.run(['ls', '--json']));
    expect(listed.map(({ id }) => id)).not.toContain(mine);
  });

  it.each([
    ['show', 'mine'],
    ['stop', 'mine'],
    ['start', 'mine', '--no-wait'],
    ['url', 'mine'],
    ['delete', 'mine', '--yes'],
  ])("bob's %s does not find alice's notebook by its name", async (...args) => {
    expect(await bob.run(args)).toMatchObject({ code: 3 });
    expect(await statusOf(mine)).toBe('ACTIVE');
  });

  it.each([['stop'], ['start', '--no-wait'], ['url'], ['delete', '--yes']])(
    "bob's %s of alice's notebook by its id is not allowed",
    async (verb, ...flags) => {
      const ended = await bob.run([verb ?? '', mine, ...flags]);
      expect(ended.code, ended.stderr).toBe(5);
      expect(await statusOf(mine)).toBe('ACTIVE');
    },
  );

  it('bob has his own notebook of the same name, and deletes only that', async () => {
    const own = notebookIn(await bob.run(['create', 'mine', '--wait', 'running', '--json']));
    expect(own.id).not.toBe(mine);
    expect(own.key).toBe('bob/mine');
    expect(await bob.run(['delete', 'mine', '--yes'])).toMatchObject({ code: 0 });
    expect(await statusOf(mine)).toBe('ACTIVE');
  });

  it("alice's ls does not list a server that bob tagged as hers", async () => {
    const listed = notebooksIn(await alice.run(['ls', '--json']));
    expect(listed.map(({ id }) => id)).toEqual([mine]);
  });

  it.each([
    ['show', 'forged'],
    ['stop', 'forged'],
    ['delete', 'forged', '--yes'],
  ])("alice's %s does not touch the forged server", async (...args) => {
    const ended: Ended = await alice.run(args);
    expect(ended.code, ended.stderr).toBe(3);
    expect(await statusOf(forged)).toBe('ACTIVE');
  });

  it('nor by its id', async () => {
    expect(await alice.run(['delete', forged, '--yes'])).toMatchObject({ code: 5 });
    expect(await statusOf(forged)).toBe('ACTIVE');
  });

  it('the forged name is free for alice', async () => {
    const made = notebookIn(await alice.run(['create', 'forged', '--wait', 'running', '--json']));
    expect(made.id).not.toBe(forged);
    expect(made.owner).toBe('alice');
    expect(await alice.run(['delete', 'forged', '--yes'])).toMatchObject({ code: 0 });
    expect(await statusOf(forged)).toBe('ACTIVE');
  });
});

/** What bob types to make a server that says it is alice's notebook `forged`. */
function forgery(): string[] {
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
