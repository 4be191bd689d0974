import { describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const { cloud } = bench.sandbox;
const pairs = () => cloud.keyPairs.map(({ name }) => name);
const create = (name: string, more = '') => bench.nb(`create ${name} --no-wait ${more}`);
const pairOf = async (name: string) =>
  JSON.parse((await bench.nb(`show ${name} --json`)).stdout).sshKey.pair;
const isDelete = ({ method, path }: { method: string; path: string }) =>
  method === 'DELETE' && path.includes('os-keypairs');

describe('the key pair of a deleted notebook', () => {
  test('it stays in Nova while another notebook has it, and goes with the last one', async () => {
    await create('a');
    await create('b');
    const pair = await pairOf('a');
    expect(pair).toMatch(/^nubes-nb-[0-9a-f]{12}$/);
    expect((await bench.nb('delete a --yes')).code).toBe(0);
    expect(pairs()).toEqual([pair]);
    expect((await bench.nb('delete b --yes')).code).toBe(0);
    expect(pairs()).toEqual([]);
  });

  test('--verbose says that it was removed', async () => {
    await create('a');
    const pair = await pairOf('a');
    const { stderr } = await bench.nb('delete a --yes -v');
    expect(stderr).toContain(`removed the key pair ${pair} from Nova`);
  });

  test('it stays while a VM that is not a notebook has it', async () => {
    await create('a');
    const keyName = await pairOf('a');
    cloud.addServer({ user: 'alice', name: 'my-own-vm', keyName });
    expect((await bench.nb('delete a --yes')).code).toBe(0);
    expect(pairs()).toEqual([keyName]);
  });

  test("another user's VM with a pair of the same name does not keep it", async () => {
    await create('a');
    const keyName = await pairOf('a');
    cloud.addServer({ user: 'bob', name: 'other', keyName });
    expect((await bench.nb('delete a --yes')).code).toBe(0);
    expect(pairs()).toEqual([]);
  });

  test('a batch that deletes all notebooks removes it with one request', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const before = cloud.requests.length;
    expect((await bench.nb('delete --all --yes')).code).toBe(0);
    const made = cloud.requests.slice(before);
    expect(made.filter(isDelete)).toHaveLength(1);
    expect(made.filter(({ query }) => query.includes('key_name='))).toHaveLength(1);
    expect(pairs()).toEqual([]);
  });

  test('a pair of another name, or with another key than its name says, is not touched', async () => {
    await create('a');
    const [pair] = cloud.keyPairs.splice(0);
    const names = ['my-own', 'nubes-nb-0123456789ab'];
    for (const name of names) {
      if (pair !== undefined) cloud.keyPairs.push({ ...pair, name });
    }
    for (const [at, keyName] of names.entries()) addNotebook(bench, `x${at}`, { keyName });
    expect((await bench.nb('delete x0 x1 --yes')).code).toBe(0);
    expect(pairs()).toEqual(names);
  });
});

test.each([
  'internal-error',
  'forbidden',
  'bad-request',
  'not-found',
  'html-503',
  'reset',
] as const)(
  'a deletion succeeds although Nova answers its requests about the key pair with %s',
  async (fault) => {
    await create('a');
    const path = /key_name=|os-keypairs/;
    cloud.faults.next({ service: 'Nova', path }, fault, { times: 9 });
    const { code, stderr } = await bench.nb('delete a --yes');
    cloud.faults.clear();
    expect(stderr).not.toMatch(/warning|error/);
    expect(code).toBe(0);
  },
);

test('a create imports its key again if another command removes the pair just after', async () => {
  await create('a');
  cloud.keyPairs.length = 0;
  const { keyPairs } = cloud;
  let imports = 0;
  keyPairs.push = (...added) => {
    imports += 1;
    return imports === 1 ? keyPairs.length : Array.prototype.push.apply(keyPairs, added);
  };
  expect(await create('b')).toMatchObject({ code: 0 });
  expect(imports).toBe(2);
});
