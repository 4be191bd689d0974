import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteOwnResources } from './support/api.ts';
import { errorIn, notebookIn, notebooksIn } from './support/json-output.ts';
import { lab } from './support/lab.ts';
import { asUser } from './support/openstack-client.ts';
import { createTestUser, type TestUser } from './support/test-user.ts';

describe("quinn's project has a quota of one server", () => {
  const identity = asUser('quinn', lab('LAB_PROJECT_SMALL'));
  let quinn: TestUser;
  let first = '';

  beforeAll(async () => {
    await deleteOwnResources(identity);
    const openstack = { project: lab('LAB_PROJECT_SMALL') };
    quinn = await createTestUser('quinn', { settings: { openstack } });
    expect(await quinn.login()).toMatchObject({ code: 0 });
    const create = ['create', 'first', '--wait', 'running', '--json'];
    first = notebookIn(await quinn.run(create)).id;
  });

  afterAll(async () => {
    await quinn.run(['logout']);
    await deleteOwnResources(identity);
    await quinn.cleanUp();
  });

  it('a second create exits 7 and names the resource, the usage and the limit', async () => {
    const outcome = await quinn.run(['create', 'second', '--wait', 'running', '--json']);
    expect(outcome.code).toBe(7);
    expect(errorIn(outcome)).toMatchObject({ code: 'QUOTA_EXCEEDED', exit: 7 });
    expect(errorIn(outcome).message).toMatch(/instances|servers/i);
    expect(errorIn(outcome).message).toMatch(/\b1\b.*\b1\b/);
    expect(outcome.stdout).toBe('');
  });

  it('a create over the quota neither changes the first notebook nor creates a second', async () => {
    const listed = notebooksIn(await quinn.run(['ls', '--json']));
    expect(listed).toMatchObject([{ id: first, status: 'running' }]);
  });

  it('a size with more cores than the quota exits 7 and names the cores, the usage and the limit', async () => {
    await deleteOwnResources(identity);
    expect(await quinn.login()).toMatchObject({ code: 0 });
    const outcome = await quinn.run(['create', 'big', '--size', 'l3.tiny', '--json']);
    expect(outcome.code).toBe(7);
    expect(errorIn(outcome).message).toMatch(/8 cores \(4 free: 0 of the project's 4 are in use\)/);
  });

  // All of them find the quota free. Nova refuses some, and counts the others again once it has accepted them.
  it('of three creates at once, those that fail exit 7 and name what is used up, and the limit', async () => {
    const creates = ['a', 'b', 'c'].map((name) =>
      quinn.run(['create', name, '--wait', 'running', '--json']),
    );
    const failed = (await Promise.all(creates)).filter(({ code }) => code !== 0);
    expect(failed.length).toBeGreaterThanOrEqual(2);
    for (const outcome of failed) {
      expect(outcome.code, outcome.stderr).toBe(7);
      expect(errorIn(outcome).code).toBe('QUOTA_EXCEEDED');
      expect(errorIn(outcome).message).toMatch(
        /\d of the project's (1 instances are|4 cores are|1 are) in use/,
      );
    }
  });
});
