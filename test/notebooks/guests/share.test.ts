import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../../src/sandbox/vm/key-pair.ts';
import { fakeSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
addNotebook(bench, 'x');
addNotebook(bench, 'off', { status: 'SHUTOFF' });
addNotebook(bench, 'kept', { locked: true });
const annas = makeKeyPair(ssh2, 'anna');
const write = (name: string, text: string) => {
  const file = join(bench.home, name);
  writeFileSync(file, text);
  return file;
};
const pub = write('anna.pub', `${annas.public}\n`);
const value = `${'0'.repeat(16)} ${'a'.repeat(12)}`;

const metadataOf = (name: string) =>
  [...bench.sandbox.cloud.servers.values()].find(
    ({ metadata }) => metadata['nubes-nb:notebook'] === name,
  )?.metadata ?? {};

/** The command with an ssh that runs these lines in the VM's place. */
async function run(words: readonly string[], lines = 'exit 0') {
  const ssh = fakeSsh(bench, lines);
  const environment = { ...key, ...ssh.environment };
  return { ...(await bench.nb(['share', ...words], { environment })), calls: ssh.calls() };
}

describe('before anything is made', () => {
  test.each([
    [['x'], 2, 'There is no guest to share the notebook with.'],
    [['x', '--as', '../anna', '--key', pub], 2, "'../anna' is not a valid name for a guest."],
    [['x', '--as', 'anna; reboot', '--key', pub], 2, 'is not a valid name for a guest.'],
    [['x', '--as', 'Anna', '--key', pub], 2, 'is not a valid name for a guest.'],
    [['x', '--revoke', '$(id)'], 2, 'is not a valid name for a guest.'],
    [['x', '--as', 'anna'], 2, 'x is only reachable through a tunnel, and anna needs an SSH key'],
    [['x', '--as', 'anna', '--revoke', 'bob'], 2, 'cannot be used with'],
    [['x', '--list', '--key', pub], 2, 'cannot be used with'],
    [['none', '--as', 'anna', '--key', pub], 3, 'You have no notebook named none.'],
    [['bob/x', '--as', 'anna', '--key', pub], 5, 'bob/x means a notebook of bob'],
    [['off', '--as', 'anna', '--key', pub], 6, 'off cannot be reached: it is stopped.'],
    [['off', '--revoke', 'anna'], 3, 'anna is not a guest of off.'],
    [['kept', '--as', 'anna', '--key', pub], 5, 'kept'],
    [['x', '--revoke', 'alice'], 2, 'alice owns x and is not a guest.'],
    [['x', '--as', 'alice', '--key', pub], 2, 'alice owns x, and cannot be a guest of it.'],
  ])('share %j exits %i and starts no ssh', async (words, code, why) => {
    const before = { ...metadataOf('x') };
    const seen = await run(words);
    expect(seen.stderr).toContain(why);
    expect([seen.code, seen.calls]).toEqual([code, []]);
    expect(metadataOf('x')).toEqual(before);
  });

  const rsa = (bytes: number) => {
    const field = (data: Buffer) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(data.length);
      return Buffer.concat([length, data]);
    };
    const parts = [Buffer.from('ssh-rsa'), Buffer.from([1, 0, 1]), Buffer.alloc(bytes, 0x7f)];
    return `ssh-rsa ${Buffer.concat(parts.map(field)).toString('base64')} anna`;
  };

  test.each([
    ['a private key', annas.private, 'is a private key, which only its owner may have'],
    ['a private key of PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\n', 'is a private key'],
    [
      'a public key in another format',
      '---- BEGIN SSH2 PUBLIC KEY ----\n',
      'is not in the format of OpenSSH',
    ],
    ['text', 'hello\n', 'is not a public SSH key'],
    ['nothing', '', 'is empty'],
    ['options', `command="sh" ${annas.public}\n`, 'has options before the key'],
    ['a DSA key', 'ssh-dss AAAAB3NzaC1kc3M=\n', 'is a key of a kind that is not accepted: ssh-dss'],
    [
      'another type than it names',
      annas.public.replace('ssh-ed25519', 'ssh-rsa'),
      'is a damaged key',
    ],
    ['a short RSA key', `${rsa(128)}\n`, 'less than 2048 bits'],
  ])('share --key with a file of %s exits 2', async (_, text, why) => {
    const seen = await run(['x', '--as', 'anna', '--key', write('a file', text)]);
    expect(seen.stderr).toContain(why);
    expect([seen.code, seen.calls]).toEqual([2, []]);
  });

  test('share --key with an RSA key of 2048 bits is taken, and without a file exits 2', async () => {
    const seen = await run(['x', '--as', 'rosa', '--key', write('rsa.pub', `${rsa(257)}\n`)]);
    expect(seen.calls.length).toBeGreaterThan(0);
    expect((await run(['x', '--as', 'anna', '--key', '/none'])).code).toBe(2);
  });

  test('share with a twenty-first guest exits 7', async () => {
    const guests = Array.from({ length: 20 }, (_, index) => [`nubes-nb:guest.g${index}`, value]);
    addNotebook(bench, 'full', { metadata: Object.fromEntries(guests) });
    const seen = await run(['full', '--as', 'anna', '--key', pub]);
    expect(seen.stderr).toContain('full has 20 guests already.');
    expect([seen.code, seen.calls]).toEqual([7, []]);
  });

  test('share with a guest of another login exits 6 and names --revoke', async () => {
    addNotebook(bench, 'y', { metadata: { 'nubes-nb:guest.anna': value } });
    const seen = await run(['y', '--as', 'anna', '--key', pub]);
    expect(seen.stderr).toContain('Another login shared y with anna');
    expect(seen.stderr).toContain('nubes-nb share y --revoke anna first');
    expect(seen.code).toBe(6);
  });
});

test.each([
  [83, 6, 'x was created by a version of nubes-nb that knows no guests.'],
  [84, 6, 'The VM of x cannot admit guests by SSH: its sshd is too old.'],
  [85, 2, 'The sshd of x does not accept keys of the type that anna has.'],
  [76, 9, 'The guests of x could not be written'],
])('share maps exit code %i of the VM to %i, and records no guest', async (remote, local, why) => {
  const lines = `echo 'its sshd is too old' >&2; exit ${remote}`;
  const seen = await run(['x', '--as', 'anna', '--key', pub], lines);
  expect(seen.stderr).toContain(why);
  expect(seen.code).toBe(local);
  expect(metadataOf('x')).not.toHaveProperty('nubes-nb:guest.anna');
});

test('share whose key the VM does not confirm exits 8 and records a guest without a key; the same again adds it', async () => {
  const seen = await run(['x', '--as', 'anna', '--key', pub], 'exit 78');
  expect(seen.stderr).toContain('has not confirmed that sshd has it too');
  expect(seen.code).toBe(8);
  expect(metadataOf('x')['nubes-nb:guest.anna']).toMatch(/^\w{16} \w{12}$/);
  expect((await run(['x', '--list'])).stdout).toBe('anna\n');
  const pages = await bench.nb('handout --all', { environment: key });
  expect(pages.stderr).toContain('anna needs an SSH key for that.');
  const again = await run(['x', '--as', 'anna', '--key', pub]);
  expect(again.calls.length).toBeGreaterThan(0);
  expect(metadataOf('x')['nubes-nb:guest.anna']).toMatch(/^\w{16} \w{12} \w{12}$/);
});

test('a share that reaches the VM but not Nova says so', async () => {
  const { faults } = bench.sandbox.cloud;
  const written = { service: 'Nova', method: 'POST', path: /\/metadata$/ } as const;
  faults.next(written, 'forbidden', { times: 9 });
  const seen = await run(['x', '--as', 'carl', '--key', pub]);
  faults.clear();
  expect(seen.stderr).toContain(
    'The VM of x lets carl in, but Nova has not confirmed that it recorded this',
  );
  expect(seen.code).toBe(5);
  // The line on the VM is found although Nova knows no such guest.
  expect((await run(['x', '--revoke', 'carl'])).code).toBe(0);
});

test('--revoke of a guest whom neither Nova nor the VM knows exits 3', async () => {
  const seen = await run(['x', '--revoke', 'nobody'], 'exit 82');
  expect(seen.stderr).toContain('nobody is not a guest of x.');
  expect(seen.code).toBe(3);
});

test('--revoke of a guest whom another login let in succeeds, and without Jupyter says what was not listed', async () => {
  addNotebook(bench, 'z', { metadata: { 'nubes-nb:guest.anna': value } });
  const seen = await run(['z', '--revoke', 'anna']);
  expect(seen.code, seen.stderr).toBe(0);
  expect(seen.stderr).toContain('What runs on z could not be listed');
  expect(metadataOf('z')).not.toHaveProperty('nubes-nb:guest.anna');
});
