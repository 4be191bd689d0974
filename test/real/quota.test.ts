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
});
