import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
const { images } = bench.sandbox.cloud;
const plain = images.find(({ name }) => name === 'ubuntu-24.04-plain');
if (plain !== undefined) {
  const { lacksJupyter: _, ...image } = plain;
  images.push({ ...image, id: randomUUID(), name: 'jupyter-on-ubuntu' });
}

/** Images whose account comes from their creator's name, as the STFC Cloud's, and from the image. */
test.runIf(hasSsh).each([
  ['jupyter-notebook-2026.11', 'nubes-nb', undefined, 'alice'],
  ['jupyter-notebook-2026.11', 'image', undefined, 'alice'],
  ['jupyter-on-ubuntu', 'nubes-nb', undefined, 'alice'],
  ['jupyter-on-ubuntu', 'image', 'ubuntu', 'ubuntu'],
])('create reaches a VM of %s whose account is made by %s', async (image, account, user, name) => {
  const environment = {
    ...key,
    NUBES_NB_NOTEBOOK_ACCOUNT: account,
    ...(user === undefined ? {} : { NUBES_NB_NOTEBOOK_USER: user }),
  };
  const created = await bench.nb(['create', 'x', '--image', image], { environment });
  expect(created.stderr).toContain('jupyter: answers (');
  const { stdout, code } = await bench.nb('exec x -- sh -c pwd', { environment });
  expect(stdout).toMatch(new RegExp(`/home/${name}\n$`));
  expect(code).toBe(0);
});

test.runIf(hasSsh)(
  'create of an account that the image does not make reports that sshd accepts none of the keys',
  async () => {
    const environment = {
      ...key,
      NUBES_NB_NOTEBOOK_ACCOUNT: 'image',
      NUBES_NB_NOTEBOOK_USER: 'bob',
    };
    await bench.nb('create x', { environment });
    const { stderr } = await bench.nb('show x --probe', { environment });
    expect(stderr).toContain('accepts none of your SSH keys for the account bob');
  },
);
