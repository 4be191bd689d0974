import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from './support/api.ts';
import { errorIn, notebookIn, notebooksIn } from './support/json-output.ts';
import { lab } from './support/lab.ts';
import { asUser } from './support/openstack-client.ts';
import { type Person, personCalled } from './support/test-user.ts';

describe("quinn's project has a quota of one server", () => {
  const asker = asUser('quinn', lab('LAB_PROJECT_SMALL'));
  let quinn: Person;
  let first = '';

  beforeAll(async () => {
    await sweep(asker);
    const openstack = { project: lab('LAB_PROJECT_SMALL') };
    quinn = await personCalled('quinn', { settings: { openstack } });
    expect(await quinn.login()).toMatchObject({ code: 0 });
    const create = ['create', 'first', '--wait', 'running', '--json'];
    first = notebookIn(await quinn.run(create)).id;
  });

  afterAll(async () => {
    await quinn.run(['logout']);
    await sweep(asker);
    await quinn.leave();
  });

  it('a second create exits 7 and names the resource, what is used and the limit', async () => {
    const ended = await quinn.run(['create', 'second', '--wait', 'running', '--json']);
    expect(ended.code).toBe(7);
    expect(errorIn(ended)).toMatchObject({ code: 'QUOTA_EXCEEDED', exit: 7 });
    expect(errorIn(ended).message).toMatch(/instances|servers/i);
    expect(errorIn(ended).message).toMatch(/\b1\b.*\b1\b/);
    expect(ended.stdout).toBe('');
  });

  it('the first notebook is as it was, and no second one was begun', async () => {
    const listed = notebooksIn(await quinn.run(['ls', '--json']));
    expect(listed).toMatchObject([{ id: first, status: 'running' }]);
  });
});
