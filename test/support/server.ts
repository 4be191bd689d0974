import type { Server } from '../../src/openstack/compute/servers.ts';

/** An ACTIVE notebook of alice named `a`, as Nova returns it, with these differences. */
export function serverWith({ metadata, ...facts }: Partial<Server> = {}): Server {
  return {
    ...{
      id: '00000000-0000-4000-8000-000000000001',
      name: 'nb-alice-a',
      userId: 'alice-id',
      projectId: 'project-id',
    },
    ...{
      status: 'ACTIVE',
      taskState: null,
      powerState: 1,
      locked: false,
      fault: null,
      keyName: null,
    },
    created: new Date('2026-11-01T12:00:00Z'),
    addresses: [{ address: '10.0.0.7', version: 4, type: 'fixed', network: 'nubes' }],
    flavor: { name: 'l3.nano', vcpus: 2, ramMiB: 4096, diskGiB: 20 },
    imageId: 'image-id',
    tags: ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=a'],
    ...facts,
    metadata: {
      ...{ 'nubes-nb:schema': '1', 'nubes-nb:user': 'alice', 'nubes-nb:notebook': 'a' },
      ...{ 'nubes-nb:ref': 'alice/a', 'nubes-nb:request': 'request-a' },
      ...metadata,
    },
  };
}
