import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, listeningStdout, ownKey } from '../../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const laptop = bench.secondComputer();
await laptop.login();
const key = ownKey(bench);
const created = await bench.nb('create x', { environment: key });

const server = () => [...bench.sandbox.cloud.servers.values()][0];
const tokenIn = (text: string) => /token=([0-9a-f]{32})/.exec(text)?.[1] ?? '';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const renew = (words = 'url x --renew --yes', more: object = {}) =>
  laptop.nb(words, { environment: key, ...more });

/** Jupyter's status for a token, through a tunnel from the laptop. */
async function statusFor(token: string): Promise<number> {
  const { stdout, first } = listeningStdout();
  const interruption = new AbortController();
  const running = laptop.nb('tunnel x', { environment: key, stdout, interruption });
  const url = (await first).trim().replace('/lab', '/api/status');
  const { status } = await fetch(`${url}?token=${token}`);
  interruption.abort('SIGINT');
  await running;
  return status;
}

describe.runIf(hasSsh)('from another computer', () => {
  test('url on another computer names --renew, which prints a URL with a token that replaces the old one', async () => {
    const old = tokenIn(created.stdout);
    expect((await laptop.nb('url x')).stderr).toContain('nubes-nb url x --renew here');
    const { code, stdout, stderr } = await renew();
    expect(code).toBe(0);
    expect(stderr).toContain('x now has this login');
    const token = tokenIn(stdout);
    expect(token).not.toBe(old);
    expect([await statusFor(token), await statusFor(old)]).toEqual([200, 403]);
    expect((await laptop.nb('url x', { environment: key })).stdout).toBe(stdout);
    expect((await bench.nb('url x')).code).toBe(6);
  });

  test('url --renew keeps the token out of Nova, the VM and all files', async () => {
    const token = tokenIn((await renew()).stdout);
    const onTheVm = (command: string) =>
      laptop.nb(['exec', 'x', '--', 'sh', '-c', command], { environment: key });
    const home = (await onTheVm('pwd')).stdout.trim();
    const found = [
      JSON.stringify(server()),
      (await laptop.nb('logs x')).stdout,
      (await onTheVm('env; cat ~/.nubes-nb/*; ls -la ~/.nubes-nb')).stdout,
      execFileSync('grep', ['-r', '', join(home, '../..')], { encoding: 'utf8' }),
      execFileSync('grep', ['-r', '', laptop.stateFolder], { encoding: 'utf8' }),
    ];
    expect(token).toHaveLength(32);
    expect(found.filter((text) => text.includes(token))).toEqual([]);
    expect(found[2]).toContain(sha256(token));
    expect(found[2]).toMatch(/drwx------.* \.\n/);
    expect(found[2]).toMatch(/-rw-------.*token\.sha256/);
    expect(server()?.metadata['nubes-nb:token']).toBe(sha256(token).slice(0, 12));
  });

  test('a renewed token survives a stop and a start', async () => {
    const token = tokenIn((await renew()).stdout);
    await bench.nb('stop x');
    await laptop.nb('start x', { environment: key });
    expect(await statusFor(token)).toBe(200);
  });

  test('a second url --renew restarts nothing', async () => {
    const { stdout } = await renew();
    const again = await renew('url x --renew');
    expect(again).toMatchObject({ code: 0, stdout });
    expect(again.stderr).toContain("x already has this login's token; nothing was restarted.");
  });

  test('url --renew of a notebook whose configuration has no renewal file is refused', async () => {
    const record = server();
    const text = Buffer.from(record?.userData ?? '', 'base64');
    const sanitize = (text[0] === 0x1f ? gunzipSync(text) : text).toString();
    // Such a notebook knows no guests either, whose file is in the same folder.
    addOlder(
      sanitize.replaceAll('.nubes-nb/', 'x/').replaceAll('/etc/nubes/guests', '/etc/nubes/x'),
    );
    await bench.nb('wait old', { environment: key });
    const { code, stderr } = await renew('url old --renew --yes');
    expect(stderr).toContain('that cannot renew tokens');
    expect(code).toBe(6);
  });
});

/** Adds a notebook with this user_data, as an older version created it. */
function addOlder(text: string): void {
  addNotebook(bench, 'old', {
    userData: gzipSync(text).toString('base64'),
    metadata: { 'nubes-nb:token': 'another12345' },
  });
}

describe('before kernels end', () => {
  test('url --renew without a terminal exits 2 and names --yes', async () => {
    const ssh = fakeSsh(laptop, 'exit 1');
    const { code, stderr } = await renew('url x --renew', {
      environment: { ...key, ...ssh.environment },
    });
    expect(stderr).toContain('hint: nubes-nb url x --renew --yes');
    expect([code, ssh.calls()]).toEqual([2, []]);
  });

  test('url --renew on a terminal asks, and no changes nothing', async () => {
    const before = server()?.metadata;
    const { code, stdout } = await renew('url x --renew', {
      terminal: 80,
      answers: [['Renew the token?', 'n\r']],
    });
    expect(stdout).toBe('');
    expect(code).toBe(130);
    expect(server()?.metadata).toEqual(before);
  });

  test.runIf(hasSsh)('url --renew continues after yes', async () => {
    const { code, stdout, stderr } = await renew('url x --renew', {
      terminal: 80,
      answers: [['Renew the token?', 'y\r']],
    });
    expect(stderr).toContain('its kernels end');
    expect(tokenIn(stdout)).toHaveLength(32);
    expect(code).toBe(0);
  });
});

test('url --renew of a protected notebook exits 5 and writes nothing', async () => {
  addNotebook(bench, 'kept', { locked: true, metadata: { 'nubes-nb:token': 'another12345' } });
  const ssh = fakeSsh(laptop, 'exit 0');
  const { code } = await renew('url kept --renew --yes', {
    environment: { ...key, ...ssh.environment },
  });
  expect([code, ssh.calls()]).toEqual([5, []]);
});

test.each([
  [77, 5, 'may not restart Jupyter'],
  [78, 8, 'does not answer yet'],
  [76, 9, "The new token's digest could not be written on x"],
])('url --renew maps exit code %i of the VM to %i', async (remote, local, words) => {
  const ssh = fakeSsh(laptop, `exit ${remote}`);
  const { code, stderr } = await renew('url x --renew --yes', {
    environment: { ...key, ...ssh.environment },
  });
  expect(stderr).toContain(words);
  expect(code).toBe(local);
  expect(
    readdirSync(laptop.stateFolder)
      .map((name) => readFileSync(join(laptop.stateFolder, name), 'utf8'))
      .join(),
  ).not.toContain('token=');
});

describe('a token that reaches the VM but not Nova', () => {
  const written = { service: 'Nova', method: 'POST', path: /\/metadata$/ } as const;
  const { faults } = bench.sandbox.cloud;
  const succeeding = () => ({ ...key, ...fakeSsh(laptop, 'exit 0').environment });
  const half =
    "The VM of x has this login's token instead of the old one, but Nova has not confirmed that it recorded this";

  test.each([
    [
      'forbidden',
      5,
      ': Nova does not let you change the metadata of a VM',
      'ask your cloud team which role permits it, then ',
    ],
    ['conflict', 6, ': Nova reports a conflict', ''],
    ['internal-error', 9, ': Nova failed (500)', ''],
    ['reset', 9, ': Nova at ', ''],
    ['unauthorized', 4, ': Nova does not accept the login', 'nubes-nb login, then '],
  ] as const)(
    'by %s exits %i, says so and names the command again',
    async (fault, exit, why, hint) => {
      faults.next(written, fault, { times: 9 });
      const { code, stdout, stderr } = await renew(undefined, { environment: succeeding() });
      expect(stderr).toContain(`error: ${half}${why}`);
      expect(stderr).toContain(`\nhint: ${hint}nubes-nb url x --renew (restarts Jupyter again)\n`);
      expect([code, stdout]).toEqual([exit, '']);
      faults.clear();
      const again = await renew(undefined, { environment: succeeding() });
      expect([again.code, tokenIn(again.stdout).length]).toEqual([0, 32]);
    },
  );

  test('url --renew whose metadata meets one 502 succeeds', async () => {
    faults.next(written, 'html-502');
    expect((await renew(undefined, { environment: succeeding() })).code).toBe(0);
  });

  test('url --renew reports a refused metadata first if Jupyter is not up in time either', async () => {
    faults.next(written, 'forbidden', { times: 9 });
    const environment = { ...key, ...fakeSsh(laptop, 'exit 78').environment };
    expect((await renew(undefined, { environment })).stderr).toContain(`error: ${half}: Nova does`);
  });

  test('url --renew of a VM that is deleted before the metadata exits 3', async () => {
    faults.next(written, 'not-found');
    const { code, stderr } = await renew(undefined, { environment: succeeding() });
    expect(stderr).toContain('error: The VM of x was deleted by another command.');
    expect(code).toBe(3);
  });

  test('url --renew interrupted while the metadata is sent again says which half is done', async () => {
    faults.next(written, 'html-503', { times: 9 });
    const interruption = new AbortController();
    const onSleep = () => interruption.abort('SIGINT');
    const options = { environment: succeeding(), interruption, onSleep };
    const { code, stderr } = await renew(undefined, options);
    expect(stderr).toContain(`${half}.\nhint: nubes-nb url x --renew`);
    expect(code).toBe(130);
  });
});

test('url --renew whose connection is lost says that the VM may have the token', async () => {
  const lost = "echo 'Timeout, server x not responding.' >&2; exit 255";
  const ssh = fakeSsh(laptop, lost);
  const { code, stderr } = await renew(undefined, { environment: { ...key, ...ssh.environment } });
  expect(stderr).toContain(
    "Jupyter on x may have been restarted with the new token's digest nevertheless.\nhint: nubes-nb url x --renew\n",
  );
  expect(code).toBe(9);
});
