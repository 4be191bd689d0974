import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { siteCertificate } from '../support/https.ts';
import type { CallOptions, Computer } from './computer.ts';
import { type Row, rows } from './rows.ts';

/** The rows with their titles. */
export const titledRows = rows.map((row, index) => [titleOf(row, index), row] as const);

/** Runs the program as the row says, and expects what it says. */
export async function expectRow(computer: Computer, row: Row): Promise<void> {
  const [, words, exitCode, shown, options] = row;
  const ended = await computer.nb(wordsOf(words), withPassword(computer, options));
  const all = `${ended.stdout}\n${ended.stderr}`;
  expect(all).not.toMatch(/this is a bug|\n {4}at /);
  expect(ended.exitCode, all).toBe(exitCode);
  expect(all).toMatch(shown);
}

/** The files that the rows name. */
export async function writeFiles(computer: Computer): Promise<void> {
  const { home, nb, passwordOf, environment } = computer;
  const { stdout: authUrl } = await nb(['config', 'get', 'openstack.auth_url']);
  const { pem } = await siteCertificate('nb.example.org');
  const auth = {
    ...{ auth_url: authUrl, username: 'alice', password: passwordOf('alice') },
    ...{
      project_name: 'jupyter-notebooks',
      user_domain_name: 'stfc',
      project_domain_name: 'Default',
    },
  };
  const files = {
    'clouds.yaml': JSON.stringify({ clouds: { site: { auth } } }),
    'broken.yaml': 'clouds: [',
    'anna.pub':
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna',
    'people.csv': 'name,email,key\nanna,anna@example.org,anna.pub\nbert,,laptop.pub\n',
    'class.yaml': 'set: class\nnotebooks:\n  - names: t-{1..2}\n',
    'packages.txt': 'numpy==2.0\n',
    'data.csv': '1,2\n',
    'laptop.pub':
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN laptop\n',
    'site.pem': pem,
    'hub.py': "c.LDAPAuthenticator.server_address = 'ldap.example.org'\n",
    'keychain-state/nubes-nb/session.json': keychainLogin(authUrl),
  };
  mkdirSync(join(home, 'keychain-state/nubes-nb'), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, name), text, { mode: 0o600 });
  }
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  copyFileSync(`${environment['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, join(home, '.ssh/work.pub'));
  for (const [from, name] of [
    ['ec-no-passphrase.p12', 'site.p12'],
    ['rsa-today.p12', 'locked.p12'],
  ] as const) {
    copyFileSync(join('test/certificates/openssl-files', from), join(home, name));
    chmodSync(join(home, name), 0o600);
  }
}

function keychainLogin(authUrl: string): string {
  const login = {
    ...{ account: 'a', authUrl, region: null, roles: [], method: 'token', credential: null },
    ...{ user: { id: 'u', name: 'alice', domain: 'stfc' }, project: { id: 'p', name: 'p' } },
    ...{ store: 'keychain', expiresAt: null },
    endpoints: { identity: authUrl, compute: authUrl, image: authUrl, network: authUrl },
    computeVersions: { minimum: '2.1', maximum: '2.90' },
  };
  return JSON.stringify({ version: 1, sessions: { default: login } });
}

function withPassword(computer: Computer, options: CallOptions = {}): CallOptions {
  const filled = (text: string) => text.replace('ALICE', computer.passwordOf('alice'));
  const { input, answers, environment = {}, ...rest } = options;
  const inHome = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(/^HOME\//, `${computer.home}/`),
  ]);
  return {
    ...rest,
    environment: Object.fromEntries(inHome),
    ...(input === undefined ? {} : { input: filled(input) }),
    ...(answers === undefined
      ? {}
      : { answers: answers.map(([at, typed]) => [at, filled(typed)] as const) }),
  };
}

function wordsOf(words: Row[1]): readonly string[] {
  if (typeof words !== 'string') return words;
  return words.split(' ').filter((word) => word !== '');
}

function titleOf([, words, exitCode]: Row, index: number): string {
  return `${index + 1}. nubes-nb ${wordsOf(words).join(' ')} exits ${exitCode}`;
}
