import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Image, Network } from '../../../src/sandbox/cloud/site-resources.ts';
import { createRequests } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const { cloud } = bench.sandbox;
const project = cloud.projects.find(({ name }) => name === 'jupyter-notebooks')?.id ?? '';
const [listed] = cloud.images;
const [internal] = cloud.networks;
if (listed === undefined || internal === undefined) throw new Error('the cloud is empty');

function addImage(name: string, more: Partial<Image> = {}): Image {
  const image = { ...listed, ...more, id: randomUUID(), name } as Image;
  cloud.images.push(image);
  return image;
}

function addNetwork(name: string, more: Partial<Network> = {}): Network {
  const network = { ...internal, ...more, id: randomUUID(), name } as Network;
  cloud.networks.push(network);
  return network;
}

const old = new Date(Date.parse('2026-01-01T00:00:00Z'));
const stranger = 'f'.repeat(32);
const images = {
  operator: addImage('in:a,b'),
  colon: addImage('site: 2026 "x", y'),
  hidden: addImage('replaced', { hidden: true }),
  older: addImage('twice', { createdAt: old }),
  newer: addImage('twice'),
  inactive: addImage('retired', { status: 'deactivated' }),
  community: addImage('popular', { visibility: 'community', owner: stranger }),
  pending: addImage('shared', {
    visibility: 'shared',
    owner: stranger,
    members: { [project]: 'pending' },
  }),
  accepted: addImage('partner', {
    visibility: 'shared',
    owner: stranger,
    members: { [project]: 'accepted' },
  }),
  foreign: addImage('secret', { visibility: 'private', owner: stranger }),
  large: addImage('large', { size: 12 * 2 ** 30 }),
};
const lookalike = addImage(images.inactive.id.replace(/^.{8}/, '00000000'));
const networks = {
  external: cloud.networks.find(({ name }) => name === 'External') as Network,
  reachable: addNetwork('Reachable', { external: true, shared: true }),
  bare: addNetwork('Bare', { subnetId: undefined }),
  twin: addNetwork('Twin'),
  other: addNetwork('Twin'),
  bareTwin: addNetwork('Half', { subnetId: undefined }),
  goodTwin: addNetwork('Half'),
};
const nano = cloud.flavors.find(({ name }) => name === 'l3.nano');
cloud.flavors.push({ id: '1', name: 'odd size: ä,b', vcpus: 2, ram: 2048, disk: 10 });

describe('what create is given', () => {
  test.each<[string, readonly string[], Partial<Record<'imageId' | 'networkId', string>>]>([
    ['an image by UUID', ['--image', images.newer.id], { imageId: images.newer.id }],
    ['in capitals', ['--image', images.newer.id.toUpperCase()], { imageId: images.newer.id }],
    ['of two of a name the newer', ['--image', 'twice'], { imageId: images.newer.id }],
    [
      'a name that Glance reads as an operator',
      ['--image', 'in:a,b'],
      { imageId: images.operator.id },
    ],
    [
      'a name with a colon, comma and quote',
      ['--image', images.colon.name],
      { imageId: images.colon.id },
    ],
    ['a name that looks like a UUID', ['--image', lookalike.name], { imageId: lookalike.id }],
    ['a hidden image by name', ['--image', 'replaced'], { imageId: images.hidden.id }],
    ['a hidden image by UUID', ['--image', images.hidden.id], { imageId: images.hidden.id }],
    [
      'a community image by UUID',
      ['--image', images.community.id],
      { imageId: images.community.id },
    ],
    ['a pending share by UUID', ['--image', images.pending.id], { imageId: images.pending.id }],
    ['an accepted share by name', ['--image', 'partner'], { imageId: images.accepted.id }],
    ['a network by UUID', ['--network', networks.twin.id], { networkId: networks.twin.id }],
    [
      'an external network that is shared',
      ['--network', 'Reachable'],
      { networkId: networks.reachable.id },
    ],
    [
      'of two networks of a name the one with a subnet',
      ['--network', 'Half'],
      { networkId: networks.goodTwin.id },
    ],
    ['a size by id', ['--size', nano?.id ?? ''], {}],
    ['a size with odd characters', ['--size', 'odd size: ä,b'], {}],
  ])('%s works: %o', async (_, flags, expected) => {
    const network = flags.includes('--network') ? [] : ['--network', 'Internal'];
    const words = ['create', 'x', ...flags, ...network, '--no-wait', '--json'];
    const { code, stdout } = await bench.nb(words);
    expect(code).toBe(0);
    const server = cloud.servers.get(JSON.parse(stdout).id);
    const facts = { imageId: server?.imageId, networkId: server?.attachments[0]?.networkId };
    expect(facts).toMatchObject(expected);
  });

  test.each<[string, readonly string[], number, string, string]>([
    [
      '--image',
      ['retired'],
      6,
      'The image retired cannot be used: it is deactivated.',
      'choose one of ',
    ],
    [
      '--image',
      [images.inactive.id],
      6,
      'The image retired cannot be used: it is deactivated.',
      'choose one of ',
    ],
    [
      '--image',
      ['popular'],
      3,
      "Your project has no image named 'popular', but other projects offer one.",
      `--image ID takes one whose project you trust: ${images.community.id} (community, of the project ${stranger})`,
    ],
    [
      '--image',
      ['shared'],
      3,
      "Your project has no image named 'shared', but other projects offer one.",
      `--image ID takes one whose project you trust: ${images.pending.id} (shared, of the project ${stranger})`,
    ],
    [
      '--image',
      ['secret'],
      3,
      "There is no image named 'secret'.",
      `choose one of ${lookalike.name}, "in:a,b", `,
    ],
    [
      '--image',
      [images.foreign.id],
      3,
      `There is no image named '${images.foreign.id}'.`,
      'choose one of ',
    ],
    ['--image', ['foo:bar'], 3, "There is no image named 'foo:bar'.", 'choose one of '],
    [
      '--image',
      ['large'],
      2,
      'The image large needs 12 GiB of disk; l3.nano has 10.',
      'choose a larger one with --size',
    ],
    [
      '--network',
      ['External'],
      2,
      'The network External is external: it has floating IPs, and VMs cannot be attached to it.',
      'choose one of Half, Internal, Reachable, Twin',
    ],
    [
      '--network',
      [networks.external.id],
      2,
      'The network External is external: it has floating IPs, and VMs cannot be attached to it.',
      'choose one of Half, Internal, Reachable, Twin',
    ],
    [
      '--network',
      ['Bare'],
      2,
      'The network Bare has no subnet, so a VM would get no address.',
      'choose one of Half, ',
    ],
    [
      '--network',
      ['Twin'],
      6,
      "Several networks are named 'Twin'.",
      'set notebook.network to one of the ids: ',
    ],
    ['--network', [randomUUID()], 3, 'There is no network named ', 'choose one of Half, '],
    [
      '--size',
      ['l3.volume'],
      2,
      'The size l3.volume has no disk: it is for VMs that boot from a volume.',
      'choose one of l3.huge, l3.micro, l3.nano, ',
    ],
    [
      '--size',
      ['none'],
      3,
      "There is no size named 'none'.",
      'choose one of l3.huge, l3.micro, l3.nano, l3.small, l3.tiny, "odd size: ä,b"',
    ],
  ])(
    '%s %o exits %i without a request to create, in a run as in a plan',
    async (flag, [value = ''], exit, message, hint) => {
      const network = flag === '--network' ? [] : ['--network', 'Internal'];
      const flags = [flag, value, ...network];
      const runs = [
        await bench.nb(['create', 'x', ...flags]),
        await bench.nb(['create', 'x', ...flags, '--dry-run']),
      ];
      for (const { code, stderr } of runs) {
        expect(stderr).toContain(`error: ${message}`);
        expect(stderr).toContain(`hint: ${hint}`);
        expect(code).toBe(exit);
      }
      expect(createRequests(bench)).toHaveLength(0);
    },
  );

  test('apply takes sizes and images by id, and reports no difference to a notebook that has them', async () => {
    addNotebook(bench, 'x', { metadata: { 'nubes-nb:image': 'jupyter-notebook-2026.11' } });
    const imageId = cloud.images.find(({ name }) => name === 'jupyter-notebook-2026.11')?.id;
    const entry = { name: 'x', size: nano?.id, image: imageId, network: 'Internal' };
    const stdin = JSON.stringify({ notebooks: [entry, { ...entry, name: 'y' }] });
    const { code, stdout, stderr } = await bench.nb('apply -f - --dry-run --json', { stdin });
    expect(itemsIn({ stdout })).toMatchObject([{ change: 'same' }, { change: 'create' }]);
    expect(stderr).not.toContain('warning');
    expect(code).toBe(0);
  });
});
