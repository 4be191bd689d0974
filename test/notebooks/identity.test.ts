import { describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const alice = await sharedBench();
const bob = alice.secondComputer();
await bob.login('bob');
const hers: { id: string } = JSON.parse((await alice.nb('create thesis --json')).stdout);

const server = (id: string) => alice.sandbox.cloud.servers.get(id);

describe("another member's notebook", () => {
  test('is not in the list', async () => {
    expect((await bob.nb('ls --json')).stdout).toBe('[]\n');
  });

  test.each(['stop', 'start', 'show', 'url', 'delete --yes'])(
    'cannot be meant by its name in %s',
    async (verb) => {
      const { code, stderr } = await bob.nb(`${verb} thesis`);
      expect(stderr).toContain('You have no notebook named thesis.');
      expect(code).toBe(3);
      expect(server(hers.id)?.status).toBe('ACTIVE');
    },
  );

  test.each(['stop', 'start', 'show', 'url', 'delete --yes'])(
    'cannot be meant by its UUID in %s',
    async (verb) => {
      const { code, stderr } = await bob.nb(`${verb} ${hers.id}`);
      expect(stderr).toContain('belongs to another user; it is left alone.');
      expect(code).toBe(5);
      expect(server(hers.id)?.status).toBe('ACTIVE');
    },
  );
});

describe('a forged VM', () => {
  test("a stranger's VM with the owner's tags and metadata is neither listed nor touched", async () => {
    const original = server(hers.id);
    const forged = alice.sandbox.cloud.addServer({
      user: 'bob',
      name: 'nb-alice-thesis',
      tags: ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=trap'],
      metadata: {
        ...original?.metadata,
        'nubes-nb:notebook': 'trap',
        'nubes-nb:ref': 'alice/trap',
      },
    });
    const listed = JSON.parse((await alice.nb('ls --json')).stdout);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['thesis']);
    expect((await alice.nb('delete trap --yes')).code).toBe(3);
    expect((await alice.nb(`delete ${forged.id} --yes`)).code).toBe(5);
    expect(server(forged.id)?.status).toBe('ACTIVE');
  });

  test('an own VM whose metadata was changed is left alone, and it is said', async () => {
    const { id } = addNotebook(alice, 'odd', { metadata: { 'nubes-nb:notebook': 'other' } });
    const { stdout, stderr } = await alice.nb('ls -q');
    expect(stdout).toBe('thesis\n');
    expect(stderr).toContain(`warning: the VM ${id} has your tag`);
    expect((await alice.nb('delete odd --yes')).code).toBe(3);
    expect((await alice.nb(`delete ${id} --yes`)).code).toBe(5);
    expect(server(id)?.status).toBe('ACTIVE');
  });

  test('metadata cannot put words into the tunnel command', async () => {
    addNotebook(alice, 'trap', {
      metadata: {
        'nubes-nb:account': '-oProxyCommand=touch /tmp/owned',
        'nubes-nb:port': '8888; reboot',
      },
    });
    const { tunnel } = JSON.parse((await alice.nb('show trap --json')).stdout);
    expect(tunnel.argv.at(-1)).toMatch(/^alice@/);
    expect(tunnel.remotePort).toBe(8888);
  });
});

test('two VMs of one name exit 6 and list their UUIDs; a UUID still works', async () => {
  const { tags = [], metadata = {} } = server(hers.id) ?? {};
  const twin = alice.sandbox.cloud.addServer({
    user: 'alice',
    name: 'nb-alice-thesis',
    tags: [...tags],
    metadata: { ...metadata },
  });
  const { code, stderr } = await alice.nb('stop thesis');
  expect(stderr).toContain('2 of your VMs are named thesis.');
  expect(stderr).toContain(twin.id);
  expect(code).toBe(6);
  expect((await alice.nb(`delete ${twin.id} --yes`)).code).toBe(0);
});
