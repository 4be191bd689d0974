import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { devicesIn } from '../../src/notebooks/create/choice/sizes.ts';
import type { Image } from '../../src/sandbox/cloud/site-resources.ts';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const { nb, sandbox, configure } = bench;

const rowsOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

test('sizes lists what a notebook can have, smallest first, with how many more fit', async () => {
  expect(rowsOf((await nb('sizes')).stdout)).toEqual([
    ['NAME', 'CORES', 'MEMORY', 'DISK', 'FITS NOW', 'DEFAULT'],
    ['l3.nano', '2', '2 GiB', '10 GiB', '5', '*'],
    ['l3.micro', '4', '8 GiB', '20 GiB', '5', '-'],
    ['l3.tiny', '8', '16 GiB', '40 GiB', '2', '-'],
    ['l3.small', '12', '32 GiB', '60 GiB', '1', '-'],
    ['l3.huge', '2000', '64 GiB', '100 GiB', '0', '-'],
  ]);
});

test('sizes shows GPUs, second disks and swap only if a size has any', async () => {
  const extraSpecs = { 'pci_passthrough:alias': 'a100:2' };
  sandbox.cloud.flavors.push({
    ...{ id: 'g', name: 'g.a100', vcpus: 1, ram: 512, disk: 20 },
    extraSpecs,
  });
  const { stdout } = await nb('sizes');
  expect(rowsOf(stdout)[1]).toEqual(['g.a100', '1', '512 MiB', '20 GiB', '2 × a100', '5', '-']);
  expect(rowsOf(stdout)[2]?.[4]).toBe('-');
});

test('sizes says that the quota is not known, and still counts limits.per_user', async () => {
  sandbox.cloud.forbidden.add('os_compute_api:limits');
  const { code, stdout, stderr } = await nb('sizes --json');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: the quota is not known: Nova does not let you .*\n/);
  expect(JSON.parse(stdout).map(({ fits }: { fits: number }) => fits)).toEqual([5, 5, 5, 5, 5]);
});

test.each<[Record<string, string>, string]>([
  [{}, ''],
  [{ 'hw:cpu_policy': 'dedicated' }, ''],
  [{ 'pci_passthrough:alias': 'a100:1' }, '1 a100'],
  [{ 'pci_passthrough:alias': 'a100:2, nvme' }, '2 a100, 1 nvme'],
  [{ 'resources:VGPU': '1' }, '1 VGPU'],
  [{ 'resources_GPU1:CUSTOM_A100': '4' }, '4 A100'],
  [{ 'resources:VCPU': '0', 'resources:CUSTOM_BAREMETAL': '0' }, ''],
  [{ 'accel:device_profile': 'fpga' }, '1 fpga'],
])('devicesIn reads %j as %j', (extraSpecs, devices) => {
  const found = devicesIn(extraSpecs).map(({ count, name }) => `${count} ${name}`);
  expect(found.join(', ')).toBe(devices);
});

test('images lists the current image of each name, the default first, then those with Jupyter', async () => {
  addImage('a-plain-image', {});
  addImage('z-jupyter', { nubes_nb: '1' });
  addImage('b-no-jupyter', { nubes_nb: 'false' });
  const { stdout } = await nb('images');
  expect(rowsOf(stdout).map(([name, jupyter, status]) => `${name} ${jupyter} ${status}`)).toEqual([
    'NAME JUPYTER STATUS',
    'jupyter-notebook-2026.11 yes active',
    'z-jupyter yes active',
    'a-plain-image - active',
    'ubuntu-24.04-plain - active',
    'b-no-jupyter no active',
  ]);
});

test('images --all says why an image is not booted by its name', async () => {
  addImage('twice', {}, 20);
  addImage('twice', {}, 10);
  const { stdout } = await nb('images --all --json');
  const found = JSON.parse(stdout).map(
    ({ name, status, current, hidden }: Record<string, unknown>) =>
      `${name} ${status}${current === true ? ' current' : ''}${hidden === true ? ' hidden' : ''}`,
  );
  expect(found).toEqual([
    'jupyter-notebook-2026.11 active current',
    'jupyter-notebook-2026.09 active current hidden',
    'twice active current',
    'ubuntu-24.04-plain active current',
    'twice active',
    'warehoused-jupyter-notebook-2026.10 deactivated',
  ]);
  const statuses = rowsOf((await nb('images --all')).stdout).map(([, , status]) => status);
  expect(statuses).toContain('replaced');
  expect(statuses).toContain('active, hidden');
});

test('images -q prints names that create accepts', async () => {
  const [first] = (await nb('images -q')).stdout.split('\n');
  expect((await nb(['create', 'a', '--no-wait', '--image', String(first)])).code).toBe(0);
});

test('quota prints what is used, free and held by stopped notebooks', async () => {
  addNotebook(bench, 'running-one');
  addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
  sandbox.cloud.addServer({ user: 'bob', name: 'other', flavor: 'l3.micro' });
  expect((await nb('quota')).stdout.split('\n')).toEqual([
    'Project jupyter-notebooks',
    'Instances  3 of 10 used, 7 free; yours 2 (1 stopped)',
    'Cores      8 of 20 used, 12 free; yours 4 (2 stopped)',
    'Memory     12 of 50 GiB used, 38 free; yours 4 (2 stopped)',
    'Notebooks  2 of your 5 (limits.per_user; stopped ones count)',
    'Fits       3 more l3.nano; nubes-nb sizes shows the others',
    'Stopped    old-run holds 2 cores, 2 GiB; only delete frees them',
    '',
  ]);
});

test('quota draws a bar on a terminal, in at most 80 columns', async () => {
  const { stdout } = await nb('quota', { terminal: 80 });
  expect(stripVTControlCharacters(stdout)).toContain(
    'Project jupyter-notebooks\nInstances  [----------] 0 of 10 used',
  );
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('quota breaks no word on a terminal if many notebooks are stopped', async () => {
  for (let at = 100; at < 103; at += 1) {
    addNotebook(bench, `${'long'.repeat(6)}-${at}`, { status: 'SHUTOFF' });
  }
  const piped = await nb('quota');
  const { stdout } = await nb('quota', { terminal: 80 });
  const lines = stripVTControlCharacters(stdout).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => line.startsWith(' '.repeat(11)))).not.toEqual([]);
  expect(stdout.split(/\s+/).slice(-8)).toEqual(piped.stdout.split(/\s+/).slice(-8));
});

test('quota says which size has no room, as create does', async () => {
  configure((toml) => toml.replace('size = "l3.nano"', 'size = "l3.huge"'));
  expect((await nb('quota')).stdout).toContain('\nFits       no more l3.huge;');
  expect(JSON.parse((await nb('quota --json')).stdout).fits).toEqual({ size: 'l3.huge', count: 0 });
  expect((await nb('create a --no-wait')).code).toBe(7);
});

test('quota is refused with 5 where the policy hides the limits', async () => {
  sandbox.cloud.forbidden.add('os_compute_api:limits');
  const { code, stderr } = await nb('quota');
  expect(code).toBe(5);
  expect(stderr).toMatch(/^error: Nova does not let you /);
});

function addImage(name: string, properties: Image['properties'], daysOld = 5): void {
  const [known] = sandbox.cloud.images;
  if (known === undefined) throw new Error('no image');
  const createdAt = new Date(bench.now().getTime() - daysOld * 86_400_000);
  sandbox.cloud.images.push({ ...known, id: `${name}-${daysOld}`, name, properties, createdAt });
}
