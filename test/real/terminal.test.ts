import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteOwnResources } from './support/api.ts';
import { notebooksIn, serverIn } from './support/json-output.ts';
import { storedSecrets } from './support/keyring.ts';
import { lab } from './support/lab.ts';
import { asUser, isGone, openstack } from './support/openstack-client.ts';
import {
  down,
  enter,
  interrupt,
  runInTerminal,
  type TerminalSession,
} from './support/terminal-session.ts';
import { createTestUser, type TestUser } from './support/test-user.ts';

/** bob has two projects, so login asks for one. */
describe('the workflow of bob, at a terminal', () => {
  const identity = asUser('bob');
  let bob: TestUser;
  let id = '';

  beforeAll(async () => {
    await deleteOwnResources(identity);
    bob = await createTestUser('bob', { settings: { openstack: { project: undefined } } });
  });

  afterAll(async () => {
    await deleteOwnResources(identity);
    await bob.cleanUp();
  });

  async function runOk(...args: readonly string[]): Promise<TerminalSession> {
    const screen = runInTerminal(bob, args);
    expect(await screen.exit, screen.text()).toBe(0);
    return screen;
  }

  it('Ctrl-C at the password prompt cancels login and leaves no session', async () => {
    const screen = runInTerminal(bob, ['login']);
    await screen.waitFor(/user/i);
    screen.type(`bob${enter}`);
    await screen.waitFor(/password/i);
    screen.type(interrupt);
    expect(await screen.exit).toBe(130);
    expect(screen.text()).toContain('Cancelled.');
    expect(await storedSecrets()).toEqual([]);
  });

  it('login prompts for user, password and project, and does not show the password', async () => {
    const screen = runInTerminal(bob, ['login']);
    await screen.waitFor(/user/i);
    screen.type(`bob${enter}`);
    await screen.waitFor(/password/i);
    screen.type(`${bob.password}${enter}`);
    await screen.waitFor(/project/i);
    if (!/❯ ?jupyter-notebooks/.test(screen.text())) {
      screen.type(down);
      await screen.waitFor(/❯ ?jupyter-notebooks/);
    }
    screen.type(enter);
    expect(await screen.exit, screen.text()).toBe(0);
    expect(screen.text()).not.toContain(bob.password);
    expect((await runOk('whoami')).text()).toContain(lab('LAB_PROJECT'));
  });

  it('create shows the time of each step, and prints URL and tunnel', async () => {
    const screen = await runOk('create', 'lpd-tests', '--wait', 'running');
    expect(screen.text()).toMatch(/\d(\.\d)?s/);
    expect(screen.text()).toMatch(/http:\/\/127\.0\.0\.1:\d+\/lab\?token=/);
    expect(screen.text()).toMatch(/Tunnel +ssh -F \S+ssh_tunnel/);
    const [made] = notebooksIn(await bob.run(['ls', '--json']));
    id = made?.id ?? '';
    const server = serverIn(await openstack(identity, 'server', 'show', id, '-f', 'json'));
    expect(server.tags).toEqual(expect.arrayContaining(['nubes-nb.u=bob', 'nubes-nb.n=lpd-tests']));
  });

  it('ls and show print the notebook', async () => {
    const listed = await runOk('ls');
    expect(listed.text()).toMatch(/lpd-tests\s+.*running/);
    expect((await runOk('show', 'lpd-tests')).text()).toContain(id);
  });

  it('stop and start change the status that ls prints', async () => {
    await runOk('stop', 'lpd-tests');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ status: 'stopped' }]);
    await runOk('start', 'lpd-tests', '--wait', 'running');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ status: 'running' }]);
  });

  it('delete with a wrong name at the prompt deletes nothing', async () => {
    const screen = runInTerminal(bob, ['delete', 'lpd-tests']);
    await screen.waitFor(/confirm/i);
    screen.type(`lpd-test${enter}`);
    expect(await screen.exit, screen.text()).toBe(2);
    expect(screen.text()).toContain('That is not the name');
    expect(notebooksIn(await bob.run(['ls', '--json']))).toMatchObject([{ id }]);
  });

  it('delete with the right name at the prompt deletes the server', async () => {
    const screen = runInTerminal(bob, ['delete', 'lpd-tests']);
    await screen.waitFor(/confirm/i);
    screen.type(`lpd-tests${enter}`);
    expect(await screen.exit, screen.text()).toBe(0);
    expect(await isGone(identity, 'server', 'show', id, '-f', 'json')).toBe(true);
  });

  it('logout deletes the session from the keyring', async () => {
    await runOk('logout');
    expect(await storedSecrets()).toEqual([]);
  });
});
