import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NubesError } from '../../src/errors.ts';
import { type OpenstackLogin, readLogin } from '../../src/session/openstack-variables.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const url = 'https://cloud.example.org:5000/v3';
const user = { OS_AUTH_URL: url, OS_USERNAME: 'u', OS_PASSWORD: 'p' };
const credential = {
  OS_AUTH_URL: url,
  OS_APPLICATION_CREDENTIAL_NAME: 'n',
  OS_APPLICATION_CREDENTIAL_SECRET: 's',
};

type Files = Readonly<Record<string, string>>;

/** Reads the login on a computer with these variables, and with these files in its home. */
function read(environment: Record<string, string>, files: Files = {}, flag?: string) {
  const home = mkdtempSync(join(tmpdir(), 'nubes-nb-openstack-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  const { world } = fakeTerminal({ environment });
  return readLogin({ ...world, home, cwd: join(home, 'work') }, flag);
}

/** Without what is undefined, and without the notices if there are none. */
const plain = (login: OpenstackLogin) => {
  const { notices, ...rest } = JSON.parse(JSON.stringify(login));
  const filled = Object.entries(rest).filter(([, value]) => JSON.stringify(value) !== '{}');
  return { ...Object.fromEntries(filled), ...(notices.length > 0 && { notices }) };
};

const refusal = async (login: Promise<OpenstackLogin>): Promise<NubesError> =>
  login.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error) => error,
  );

const usual = {
  type: 'password',
  authUrl: url,
  interface: 'public',
  user: { name: 'u' },
  password: 'p',
};

// What `openstack` 6.0 with openstacksdk 1.0 sends to Keystone, or what it refuses.
describe('OS_* variables', () => {
  test.each([
    [{}, {}],
    [{ OS_TENANT_NAME: 't' }, { project: { name: 't' } }],
    [{ OS_TENANT_NAME: 't', OS_PROJECT_NAME: 'p' }, { project: { name: 'p' } }],
    [{ OS_TENANT_ID: 't', OS_PROJECT_NAME: 'p' }, { project: { id: 't', name: 'p' } }],
    [{ OS_TENANT_ID: 't', OS_PROJECT_ID: 'p' }, { project: { id: 'p' } }],
    [{ OS_USER_ID: 'i' }, { user: { id: 'i', name: 'u' } }],
    [{ OS_USER_DOMAIN_ID: 'd' }, { userDomain: { id: 'd' } }],
    [{ OS_DEFAULT_DOMAIN: 'd' }, { userDomain: { id: 'd' } }],
    [
      { OS_DEFAULT_DOMAIN: 'd', OS_USER_DOMAIN_NAME: 'n', OS_PROJECT_DOMAIN_ID: 'e' },
      { userDomain: { name: 'n' }, projectDomain: { id: 'e' } },
    ],
    [
      { OS_DOMAIN_NAME: 'd', OS_PROJECT_NAME: 'p' },
      { project: { name: 'p' }, userDomain: { name: 'd' }, projectDomain: { name: 'd' } },
    ],
    [{ OS_SYSTEM_SCOPE: 'all', OS_PROJECT_ID: 'p' }, { project: { id: 'p' } }],
    [{ OS_INTERFACE: 'internal' }, { interface: 'internal' }],
    [{ OS_AUTH_URL: `${url}\r` }, {}],
    [{ OS_INTERFACE: 'internalURL' }, { interface: 'internal' }],
    [{ OS_INTERFACE: 'publicURL' }, { interface: 'public' }],
    [{ OS_ENDPOINT_TYPE: 'adminURL' }, { interface: 'admin' }],
    [{ OS_ENDPOINT_TYPE: 'adminURL', OS_INTERFACE: 'internal' }, { interface: 'internal' }],
    [{ OS_REGION_NAME: 'R' }, { region: 'R' }],
    [{ OS_AUTH_TYPE: 'v3password' }, {}],
    [{ OS_PASSWORD: ' "p"\'' }, { password: ' "p"\'' }],
    [
      { OS_USERNAME: '"u"' },
      {
        user: { name: '"u"' },
        notices: ['The quotation marks around the value are part of it: OS_USERNAME.'],
      },
    ],
    [
      { OS_PASSWORD: 'p\r', OS_PROJECT_NAME: 'p\n', OS_AUTH_URL: `${url}\r` },
      {
        ...{ password: 'p\r', project: { name: 'p\n' } },
        notices: [
          'The line break at the end of the value is part of it: OS_PASSWORD, OS_PROJECT_NAME.',
        ],
      },
    ],
    [
      { OS_APPLICATION_CREDENTIAL_ID: 'i', OS_APPLICATION_CREDENTIAL_SECRET: 's' },
      { credential: { id: 'i', secret: 's' } },
    ],
  ])('a password login with %j is read as the client reads it', async (more, expected) => {
    expect(plain(await read({ ...user, ...more }))).toEqual({ ...usual, ...expected });
  });

  test.each([
    [{ OS_TOKEN: 't' }, { type: 'token', token: 't' }],
    [{ OS_AUTH_TOKEN: 't' }, { type: 'token', token: 't' }],
    [
      { OS_AUTH_TYPE: 'token', OS_TOKEN: 't', OS_USERNAME: 'u' },
      { type: 'token', token: 't' },
    ],
    [
      { OS_AUTH_PLUGIN: 'v3token', OS_TOKEN: 't' },
      { type: 'token', token: 't' },
    ],
    [
      { ...credential, OS_APPLICATION_CREDENTIAL_ID: 'i' },
      { type: 'credential', credential: { id: 'i', name: 'n', secret: 's' } },
    ],
    [
      { ...credential, OS_AUTH_TYPE: 'v3applicationcredential', OS_USER_ID: 'u' },
      { type: 'credential', user: { id: 'u' }, credential: { name: 'n', secret: 's' } },
    ],
  ])('the type of a login with %j is the one of the client', async (more, expected) => {
    expect(await read({ OS_AUTH_URL: url, ...more })).toMatchObject(expected);
  });

  test.each([
    [{ OS_SYSTEM_SCOPE: 'all' }, 'The environment sets OS_SYSTEM_SCOPE and no project'],
    [{ OS_DOMAIN_ID: 'd' }, 'The environment sets OS_DOMAIN_ID and no project'],
    [{ OS_DOMAIN_NAME: 'd' }, 'The environment sets OS_DOMAIN_NAME and no project'],
    [{ OS_TRUST_ID: 't' }, 'asks for a token of a trust'],
    [{ OS_TOKEN: 't' }, 'has a token and a user'],
    [{ OS_INTERFACE: 'Internal' }, 'The interface of the environment is none of'],
    [{ OS_IDENTITY_API_VERSION: '2.0' }, 'version 2 of the Identity API'],
    [{ OS_AUTH_TYPE: 'v2password' }, 'The auth_type v2password of the environment is not'],
    [{ OS_AUTH_TYPE: 'v3oidcpassword' }, 'The auth_type v3oidcpassword'],
    [{ OS_COMPUTE_ENDPOINT_OVERRIDE: 'https://x' }, 'sets compute_endpoint_override, which is not'],
    [{ OS_AUTH_URL: `"${url}"` }, 'is not an http or https URL'],
    [{ OS_AUTH_URL: 'cloud.example.org:5000/v3' }, 'is not an http or https URL'],
    [{ OS_AUTH_URL: 'https://{nothing}.example.org' }, 'is not an http or https URL'],
  ])('a login with %j is refused', async (more, words) => {
    const error = await refusal(read({ ...user, ...more }));
    expect(error.message).toContain(words);
    expect(error).toMatchObject({ code: 'CONFIGURATION', hint: expect.stringMatching(/\w/) });
  });

  test('a login in a system or domain is read with --project', async () => {
    expect(
      await read({ ...user, OS_SYSTEM_SCOPE: 'all', OS_DOMAIN_NAME: 'd' }, {}, 'p'),
    ).toMatchObject({ userDomain: { name: 'd' } });
  });
});

const clouds = '.config/openstack/clouds.yaml';
const file = (cloud: object, more: object = {}): Files => ({
  [clouds]: JSON.stringify({ clouds: { a: cloud, ...more } }),
});
const auth = {
  ...{ auth_url: url, username: 'u', password: 'p', project_name: 'y', user_domain_name: 'd' },
};
const fromFile = { ...usual, project: { name: 'y' }, userDomain: { name: 'd' } };

describe('clouds.yaml', () => {
  test.each([
    [{}, {}],
    [{ OS_PASSWORD: 'e' }, { password: 'e' }],
    [{ OS_USERNAME: 'e' }, { user: { name: 'e' } }],
    [{ OS_PROJECT_ID: 'e' }, { project: { id: 'e', name: 'y' } }],
    [{ OS_REGION_NAME: 'R' }, { region: 'R' }],
    [{ OS_INTERFACE: 'internal' }, { interface: 'internal' }],
    [{ OS_PROJECT_NAME: 'y' }, {}],
    [{ OS_TENANT_NAME: 'e' }, {}],
  ])('OS_CLOUD beside %j is read as the client reads it', async (more, expected) => {
    const login = await read({ OS_CLOUD: 'a', ...more }, file({ auth }));
    expect(plain(login)).toEqual({ ...fromFile, ...expected });
  });

  test.each([
    [{ auth, endpoint_type: 'internalURL' }, { interface: 'internal' }],
    [{ auth: { ...auth, 'project-domain-name': 'e' } }, { projectDomain: { name: 'e' } }],
    [{ auth, username: 'top' }, { user: { name: 'top' } }],
    [{ auth, regions: ['R', 'S'] }, { region: 'R' }],
    [{ auth, region_name: 'R,S' }, { region: 'R' }],
    [
      { auth, regions: [{ name: 'R', values: { auth: { auth_url: 'https://r.example.org' } } }] },
      { region: 'R', authUrl: 'https://r.example.org' },
    ],
    [
      { auth: { ...auth, auth_url: 'https://{region_name}.example.org' }, region_name: 'R' },
      { region: 'R', authUrl: 'https://R.example.org' },
    ],
    [
      { auth, verify: false },
      { notices: ['Certificates are verified, although the environment switches that off.'] },
    ],
    [{ auth, profile: 'x' }, { notices: ['The profile x of the cloud a was not found.'] }],
  ])('the cloud %j is read as the client reads it', async (cloud, expected) => {
    const login = await read({ OS_CLOUD: 'a' }, file(cloud));
    expect(plain(login)).toEqual({ ...fromFile, ...expected });
  });

  test('the region of OS_REGION_NAME is one of the cloud', async () => {
    const regions = [{ name: 'R' }, { name: 'S', values: { interface: 'internal' } }];
    const files = file({ auth, regions });
    expect(await read({ OS_CLOUD: 'a', OS_REGION_NAME: 'S' }, files)).toMatchObject({
      region: 'S',
      interface: 'internal',
    });
    const error = await refusal(read({ OS_CLOUD: 'a', OS_REGION_NAME: 'T' }, files));
    expect(error.message).toBe('The cloud a has no region T.');
    expect(error.hint).toBe('set OS_REGION_NAME to one of: R, S');
  });

  test.each([
    [{ OS_PROJECT_NAME: 'e' }, { auth }, 'OS_PROJECT_NAME differs from auth.project_name of'],
    [{ OS_USER_DOMAIN_NAME: 'e' }, { auth }, 'OS_USER_DOMAIN_NAME differs from'],
    [{}, { auth, project_name: 'e' }, 'project_name beside auth differs from auth.project_name'],
    [{ OS_TOKEN: 'e' }, { auth: { auth_url: url, token: 'hidden' } }, 'OS_TOKEN differs from'],
  ])('%j beside the cloud %j is refused, as clients disagree', async (more, cloud, words) => {
    const error = await refusal(read({ OS_CLOUD: 'a', ...more }, file(cloud)));
    expect(error.message).toContain(words);
    expect(`${error.message} ${error.hint}`).not.toContain('hidden');
  });

  test('secure.yaml and clouds-public.yaml may be in other folders than clouds.yaml', async () => {
    const { password, auth_url, ...rest } = auth;
    const login = await read(
      { OS_CLOUD: 'a' },
      {
        ...file({ auth: rest, profile: 'ours' }),
        'work/secure.yaml': JSON.stringify({ clouds: { a: { auth: { password } } } }),
        'work/clouds-public.yaml': JSON.stringify({
          'public-clouds': { ours: { auth: { auth_url, username: 'x' } } },
        }),
      },
    );
    expect(plain(login)).toEqual(fromFile);
  });

  test('OS_CLIENT_CONFIG_FILE and OS_CLIENT_SECURE_FILE name the files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-openstack-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { password, ...rest } = auth;
    const [config, secure] = [join(folder, 'mine.yaml'), join(folder, 'secrets.yaml')];
    writeFileSync(config, JSON.stringify({ clouds: { a: { auth: rest } } }));
    writeFileSync(secure, JSON.stringify({ clouds: { a: { auth: { password } } } }));
    const variables = { OS_CLIENT_CONFIG_FILE: config, OS_CLIENT_SECURE_FILE: secure };
    expect(plain(await read({ OS_CLOUD: 'a', ...variables }))).toEqual(fromFile);
  });

  test('OS_REGION_NAME beside a cloud of one other region is refused', async () => {
    const files = file({ auth, region_name: 'R' });
    const error = await refusal(read({ OS_CLOUD: 'a', OS_REGION_NAME: 'S' }, files));
    expect(error.message).toBe('The cloud a has no region S.');
  });

  test('the only cloud of clouds.yaml is used without OS_CLOUD', async () => {
    expect(plain(await read({}, file({ auth })))).toEqual(fromFile);
    expect(plain(await read({ OS_REGION_NAME: 'R' }, file({ auth })))).toMatchObject({
      region: 'R',
    });
    const both = await refusal(read({}, file({ auth }, { b: { auth } })));
    expect(both.message).toBe('The environment does not define an OpenStack cloud.');
  });

  test.each([
    ['', '', 'is not a mapping with the key clouds.'],
    ['[a]', '', 'is not a mapping with the key clouds.'],
    ['clouds:', 'has no cloud named a.', ''],
    ['clouds: [{name: a}]', '', 'is not a mapping.'],
    ['clouds: {a: }', 'The cloud a in clouds.yaml has no auth_url.', ''],
    ['clouds: {a: text}', 'The cloud a in ', 'is not a mapping.'],
    ['clouds: {a: {auth: }}', 'The cloud a in clouds.yaml has no auth_url.', ''],
    ['clouds: {a: {auth: text}}', 'auth of the cloud a in ', 'is not a mapping.'],
    ['clouds: {a: {auth: {username: u}}}', 'The cloud a in clouds.yaml has no auth_url.', ''],
  ])('clouds.yaml with the text %j is refused in words', async (text, begin, end) => {
    const error = await refusal(read({ OS_CLOUD: 'a' }, { [clouds]: text }));
    expect(error.message).toContain(begin);
    expect(error.message).toContain(end);
    expect(error.hint).not.toBe('set OS_CLOUD, or OS_AUTH_URL and the other OS_* variables');
    expect(error.hint).toBeDefined();
  });

  test('a profile that only openstacksdk contains is refused', async () => {
    const error = await refusal(read({ OS_CLOUD: 'a' }, file({ auth: {}, profile: 'ovh' })));
    expect(error.message).toBe(
      'The cloud a uses the profile ovh, which is not in clouds-public.yaml.',
    );
    expect(error.hint).toContain('configuration show');
  });

  test.each([
    ["'0123'", '0123'],
    ['"p # p"', 'p # p'],
    ["'it''s'", "it's"],
    ['12345', '12345'],
    ['p#p', 'p#p'],
    ['1e5', '1e5'],
    ['abc: def', undefined],
    ['0123', undefined],
    ['12345678901234567890123', undefined],
    ['1.10', undefined],
    ['yes', undefined],
    ['2026-11-28', undefined],
    ['12:30:45', undefined],
    ['[a]', undefined],
  ])('the password %s of clouds.yaml is the text %j', async (written, expected) => {
    const files = {
      [clouds]: `clouds: {a: {auth: {auth_url: '${url}', username: u,\n password: ${written}}}}`,
    };
    const login = read({ OS_CLOUD: 'a' }, files);
    if (expected !== undefined) return expect((await login).password).toBe(expected);
    const error = await refusal(login);
    expect(`${error.message} ${error.hint}`).toMatch(
      /auth\.password of the cloud a in clouds\.yaml is not text\. put the value in quotation|not valid YAML/,
    );
    expect(error.message).not.toContain(written);
  });

  const bomb = [...'abcdefghi'].map(
    (letter, at) => `${letter}: &${letter} [${`*${'xabcdefgh'[at]}, `.repeat(9)}]`,
  );
  test.each([
    ['\tclouds: {}', ' near line 1 (a tab).', 'indent with spaces'],
    ['clouds: {}\nclouds: {}', ' near line 2 (a key is there twice).', 'remove one of them'],
    ['clouds: {}\n---\n', ' near line 2 (a second document begins).', 'remove the line ---'],
    ['clouds: @x', ' near line 1 (a value begins with a special character).', 'put the value in'],
    ['clouds: a: b', ' near line 1 (a second colon).', 'put the value in quotation marks'],
    ['clouds: !vault x', ' near line 1 (an unknown tag).', 'put the value in quotation marks'],
    [`x: &x [1]\n${bomb.join('\n')}`, ' has YAML aliases that cannot be resolved.', 'write the'],
  ])('clouds.yaml %j is refused: %s', async (text, message, hint) => {
    const error = await refusal(read({ OS_CLOUD: 'a' }, { [clouds]: text }));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test('clouds.yaml that is not UTF-8 is refused', async () => {
    // A password in another encoding would be another password.
    const error = await refusal(read({ OS_CLOUD: 'a' }, { [clouds]: 'clouds: {a: {}}\0' }));
    expect(error.message).toMatch(/clouds\.yaml is not UTF-8 text\.$/);
  });
});
