import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { keystoneUrl } from '../../src/session/keystone-address.ts';
import { type CallOptions, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const keystone = bench.sandbox.cloud.endpoints.identity;
const settings = () => readFileSync(bench.configFile, 'utf8');
const onTerminal = { terminal: 100, environment: { NO_COLOR: '1' } };
type Answers = NonNullable<CallOptions['answers']>;
const enter = '\r';
const another: Answers = [['Cloud:', `\u001b[B${enter}`]];
const nb = async (words: string, answers: Answers) => {
  const seen = await bench.nb(words, { ...onTerminal, answers });
  return { ...seen, shown: stripVTControlCharacters(seen.stderr) };
};

/** Without a settings file and without a login. */
async function newcomer() {
  await bench.nb('logout');
  rmSync(bench.configFile);
}

test.each([
  ['cloud.example.org:5000', 'https://cloud.example.org:5000/v3'],
  ['https://cloud.example.org/identity/v3/', 'https://cloud.example.org/identity/v3'],
  ['HTTP://127.0.0.1:5000/v2.0', 'http://127.0.0.1:5000/v3'],
  ['ftp://cloud.example.org', undefined],
  ['not an address', undefined],
  ['', undefined],
])('the address %j is that of the Keystone %j', (typed, url) => {
  expect(keystoneUrl(typed)).toBe(url);
});

test('login without settings asks for the cloud, writes a commented file and goes on', async () => {
  await newcomer();
  const { shown } = await nb('login', [
    ...another,
    ['Address of Keystone:', `${keystone}${enter}`],
    ['User ID:', `alice${enter}`],
    ['Password:', '\u0003'],
  ]);
  expect(shown).toContain(`The cloud is set in ${bench.configFile}.`);
  expect(settings()).toMatch(/^# Settings of nubes-nb\./);
  expect(settings()).toContain(`[openstack]\n# Keystone, which`);
  expect(settings()).toContain(`auth_url = "${keystone.replace(/\/v3$/, '')}/v3"`);
  expect((await bench.nb('config validate')).code).toBe(0);
});

test('config init offers the shipped profiles and keeps what a file has', async () => {
  await newcomer();
  await bench.nb('config set notebook.size l3.nano');
  const { code, stdout, shown } = await nb('config init', [['Cloud:', enter]]);
  expect(shown).toContain('❯ stfc  https://openstack.stfc.ac.uk:5000/v3');
  expect(stdout).toBe('Next: nubes-nb login\n');
  expect(code).toBe(0);
  expect(settings()).toContain('site = "stfc"');
  expect(settings()).toContain('size = "l3.nano"');
});

test('an address that is none of Keystone is refused in words, where it is typed', async () => {
  const server = createServer((_, response) => response.end('<html>Dashboard</html>')).listen(0);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await newcomer();
  const clear = '\u0015';
  const { code, shown } = await nb('config init', [
    ...another,
    ['Address of Keystone:', `nothing at all${enter}`],
    ['Type an address like', `${clear}https://cloud.example.org/dashboard/auth${enter}`],
    ['This is a dashboard.', `${clear}http://cloud.example.org:5000${enter}`],
    ['http would send your password', `${clear}https://keystone.invalid:5000${enter}`],
    ['DNS: ', `${clear}http://127.0.0.1:${port}/v3${enter}`],
    ['is not Keystone', `${clear}http://127.0.0.1:1/v3${enter}`],
    ['127.0.0.1:1 refused', `${clear}${keystone}${enter}`],
  ]);
  expect(shown).toContain('The cloud is set in');
  expect(code).toBe(0);
});

test.each(['\u0003', '\u0004'])('%j at the questions about the cloud exits 130', async (key) => {
  await newcomer();
  for (const answers of [[['Cloud:', key]], [...another, ['Address of Keystone:', key]]] as const) {
    const { code, shown } = await nb('login', answers);
    expect(shown).toContain('Cancelled.');
    expect(code).toBe(130);
  }
});

test('login without settings and without a terminal names what is missing', async () => {
  await newcomer();
  const { code, stderr } = await bench.nb('login --username alice --password-stdin', {
    stdin: 'secret',
  });
  expect(stderr).toContain('error: openstack.auth_url is not set.');
  expect(code).toBe(11);
  const init = await bench.nb('config init');
  expect(init.stderr).toContain('hint: use nubes-nb config set openstack.auth_url URL');
  expect(init.code).toBe(2);
});
