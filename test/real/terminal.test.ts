import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from './support/api.ts';
import { notebooksIn, serverIn } from './support/json-output.ts';
import { storedSecrets } from './support/keyring.ts';
import { lab } from './support/lab.ts';
import { asUser, isGone, openstack } from './support/openstack-client.ts';
import { atTerminal, down, enter, interrupt, type Screen } from './support/terminal-session.ts';
import { type Person, personCalled } from './support/test-user.ts';

/** bob has two projects, so that login has to ask. */
describe('the main job as bob, at a terminal', () => {
  const asker = asUser('bob');
  let bob: Person;
  let id = '';

  beforeAll(async () => {
    await sweep(asker);
    bob = await personCalled('bob', { settings: { openstack: { project: undefined } } });
  });

  afterAll(async () => {
    await sweep(asker);
    await bob.leave();
  });

  async function done(...args: readonly string[]): Promise<Screen> {
    const screen = atTerminal(bob, args);
    expect(await screen.exit, screen.text()).toBe(0);
    return screen;
  }

  it('Ctrl-C at the password is a cancellation and leaves no session', async () => {
    const screen = atTerminal(bob, ['login']);
    await screen.shows(/user/i);
    screen.type(`bob${enter}`);
    await screen.shows(/password/i);
    screen.type(interrupt);
    expect(await screen.exit).toBe(130);
    expect(screen.text()).toContain('Cancelled.');
    expect(await storedSecrets()).toEqual([]);
  });

  it('login asks for user, password and project, and never shows the password', async () => {
    const screen = atTerminal(bob, ['login']);
    await screen.shows(/user/i);
    screen.type(`bob${enter}`);
    await screen.shows(/password/i);
    screen.type(`${bob.password}${enter}`);
    await screen.shows(/project/i);
    if (!/❯ ?jupyter-notebooks/.test(screen.text())) {
      screen.type(down);
      await screen.shows(/❯ ?jupyter-notebooks/);
    }
    screen.type(enter);
    expect(await screen.exit, screen.text()).toBe(0);
    expect(screen.text()).not.toContain(bob.password);
    expect((await done('whoami')).text()).toContain(lab('LAB_PROJECT'));
  });

  it('create tells phases with seconds and ends with URL and tunnel', async () => {
    const screen = await done('create', 'lpd-tests', '--wait', 'running');
    expect(screen.text()).toMatch(/\d(\.\d)?s/);
    expect(screen.text()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/lab\?token=/);
    expect(screen.text()).toMatch(/ssh -N /);
    const [made] = notebooksIn(await bob.run(['ls', '--json']));
    id = made?.id ?? '';
    const server = serverIn(await openstack(asker, 'server', 'show', id, '-f', 'json'));
    expect(server.tags).toEqual(expect.arrayContaining(['nubes-nb.u=bob', 'nubes-nb.n=lpd-tests']));
  });

  it('ls and show fit the screen and name the notebook', async () => {
    const listed = await done('ls');
    expect(listed.text()).toMatch(/lpd-tests\s+.*running/);
    expect((await done('show', 'lpd-tests')).text()).toContain(id);
  });

  it('stop and start say what they did', async () => {
    await done('stop', 'lpd-tests');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ status: 'stopped' }]);
    await done('start', 'lpd-tests', '--wait', 'running');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ status: 'running' }]);
  });

  it('delete with the wrong name typed deletes nothing', async () => {
    const screen = atTerminal(bob, ['delete', 'lpd-tests']);
    await screen.shows(/confirm/i);
    screen.type(`lpd-test${enter}`);
    expect(await screen.exit, screen.text()).toBe(2);
    expect(screen.text()).toContain('That is not the name');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ id }]);
  });

  it('delete with the name typed deletes', async () => {
    const screen = atTerminal(bob, ['delete', 'lpd-tests']);
    await screen.shows(/confirm/i);
    screen.type(`lpd-tests${enter}`);
    expect(await screen.exit, screen.text()).toBe(0);
    expect(await isGone(asker, 'server', 'show', id, '-f', 'json')).toBe(true);
  });

  it('logout ends the session', async () => {
    await done('logout');
    expect(await storedSecrets()).toEqual([]);
  });
});
