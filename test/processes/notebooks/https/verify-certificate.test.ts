import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDirectUrl } from '../../../../src/notebooks/jupyter-api.ts';
import { directAccess, siteCertificate } from '../../../support/https.ts';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const direct = { ...ownKey(bench), ...directAccess };

const nb = (words: string, on = bench) => on.nb(words, { environment: direct });
const dark = () => bench.sandbox.cloud.forbidden.add('os_compute_api:os-console-output');
const forgotten = () => rmSync(join(bench.stateFolder, 'certificates.json'), { force: true });
const unknown =
  'error: Cannot verify the certificate of x, so its token was left out of the URL.\n' +
  'hint: nubes-nb wait x if it is starting, else nubes-nb open x --tunnel';

/** Writes a server's metadata as bob, who is in the same project. */
async function forge(id: string, metadata: Record<string, string>): Promise<void> {
  const { endpoints } = bench.sandbox.cloud;
  const { password } = bench.sandbox.people.find(({ name }) => name === 'bob') ?? {};
  const user = { name: 'bob', password, domain: { name: 'stfc' } };
  const scope = { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } };
  const post = (url: string, body: object, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const identity = { methods: ['password'], password: { user } };
  const login = await post(`${endpoints.identity}/auth/tokens`, { auth: { identity, scope } });
  const token = { 'X-Auth-Token': login.headers.get('x-subject-token') ?? '' };
  const reply = await post(`${endpoints.compute}/servers/${id}/metadata`, { metadata }, token);
  expect(reply.status).toBe(200);
}

/** A foreign HTTPS server on a VM's address, which records the requested URLs. */
async function stranger(
  address: string,
): Promise<{ seen: string[]; port: number; listening: Server }> {
  const { pem } = await siteCertificate('stranger');
  const seen: string[] = [];
  const listening = createServer({ key: pem, cert: pem }, ({ url = '' }, response) => {
    seen.push(url);
    response.end();
  });
  await new Promise<void>((resolve) => listening.listen(0, address, resolve));
  const at = listening.address();
  return { seen, port: typeof at === 'object' && at !== null ? at.port : 0, listening };
}

describe('metadata that calls a notebook behind a tunnel a direct one', () => {
  test('no command sends a token to a tunnel notebook that forged metadata calls direct', async () => {
    const created = await bench.nb('create x --json', { environment: ownKey(bench) });
    const { address } = JSON.parse(created.stdout);
    const { seen, port, listening } = await stranger(address);
    await forge(JSON.parse(created.stdout).id, {
      'nubes-nb:access': 'direct',
      'nubes-nb:port': String(port),
    });
    const opened = await nb('open x --no-browser');
    expect(opened).toEqual({ code: 9, stdout: '', stderr: expect.stringContaining(unknown) });
    const printed = await nb('url x');
    expect(printed).toEqual({ code: 9, stdout: '', stderr: expect.stringContaining(unknown) });
    for (const words of ['start x --show-token --no-wait', 'create x --if-exists skip --no-wait']) {
      const { code, stdout } = await nb(`${words} --json`);
      const { url } = JSON.parse(stdout);
      expect([words, code, url]).toEqual([words, 0, `https://${address}:${port}/lab`]);
    }
    expect(seen).toEqual([]);
    listening.close();
  });

  test('url --no-token prints the URL of a notebook with forged metadata', async () => {
    addNotebook(bench, 'x', { metadata: { 'nubes-nb:access': 'direct' } });
    const { code, stdout } = await nb('url x --no-token');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^https:\S+\/lab\n$/)]);
  });
});

test('checkDirectUrl throws TLS_UNTRUSTED without a known certificate and sends no request', async () => {
  const { seen, port, listening } = await stranger('127.0.0.1');
  const certificate = { sha256: null, selfSigned: true };
  const url = `https://127.0.0.1:${port}/lab`;
  await expect(checkDirectUrl({ name: 'x', url, certificate })).rejects.toMatchObject({
    code: 'TLS_UNTRUSTED',
  });
  expect(seen).toEqual([]);
  listening.close();
});

describe('where the console no longer tells the certificate', () => {
  test('create warns that the URL has no token if there is no console to show the certificate', async () => {
    dark();
    const { code, stdout, stderr } = await nb('create x --json');
    const { url, certificate } = JSON.parse(stdout);
    expect([code, certificate.sha256]).toEqual([0, null]);
    expect(url).toMatch(/\/lab$/);
    expect(stderr).toContain(
      'warning: Cannot verify the certificate of x, so its token was left out of the URL. (nubes-nb wait x if it is starting, else nubes-nb open x --tunnel)',
    );
  });

  test.runIf(hasSsh)(
    'open learns the certificate over ssh from a VM with a verified host key',
    async () => {
      const { url } = JSON.parse((await nb('create x --json')).stdout);
      forgotten();
      dark();
      expect(await nb('open x --no-browser')).toMatchObject({ code: 0, stdout: `${url}\n` });
      expect((await nb('url x')).stdout).toBe(`${url}\n`);
    },
  );

  test.runIf(hasSsh)(
    'url does not learn the certificate over ssh from a VM without a verified host key',
    async () => {
      await nb('create x');
      forgotten();
      const hosts = join(bench.stateFolder, 'known_hosts');
      writeFileSync(hosts, readFileSync(hosts, 'utf8').replaceAll(' console\n', '\n'));
      dark();
      const { code, stderr } = await nb('url x');
      expect([code, stderr]).toEqual([9, expect.stringContaining(unknown)]);
    },
  );
});
