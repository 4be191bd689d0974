import { expect, test } from 'vitest';
import { childEnvironment, holdsSecrets } from '../src/child-environment.ts';

test.each([
  ['PATH', true],
  ['Path', true],
  ['SystemRoot', true],
  ['LC_TIME', true],
  ['XDG_STATE_HOME', true],
  ['SSH_AUTH_SOCK', true],
  ['https_proxy', true],
  ['NUBES_NB_CONFIG', true],
  ['NUBES_NB_NOTEBOOK_KEY_FILE', true],
  ['NUBES_NB_LDAP_URLS', false],
  ['NUBES_NB_LDAP_SEARCH_PASSWORD', false],
  ['NUBES_NB_APPLICATION_CREDENTIAL_ID', false],
  ['NUBES_NB_APPLICATION_CREDENTIAL_SECRET', false],
  ['NUBES_NB_SOME_TOKEN', false],
  ['nubes_nb_ldap_search_password', false],
  ['OS_PASSWORD', false],
  ['OS_CLOUD', false],
  ['SSHPASS', false],
  ['GITHUB_TOKEN', false],
  ['NODE_TLS_REJECT_UNAUTHORIZED', false],
  ['LD_LIBRARY_PATH', true],
  ['NAMED_BY_SSH_CONFIG', true],
])('the environment of a background tunnel has %s: %s', (name, expected) => {
  const kept = childEnvironment('tunnel', { [name]: 'x' }, ['NAMED_BY_SSH_CONFIG']);
  expect(Object.keys(kept)).toEqual(expected ? [name] : []);
});

test.each([
  ['PATH', 'ssh sandbox keychain'],
  ['GITHUB_TOKEN', 'ssh sandbox keychain'],
  ['NODE_OPTIONS', 'ssh sandbox'],
  ['NODE_EXTRA_CA_CERTS', 'ssh sandbox'],
  ['BUN_OPTIONS', 'ssh sandbox'],
  ['BUN_BE_BUN', ''],
  ['NUBES_NB_CONFIG', ''],
  ['NUBES_NB_LDAP_SEARCH_PASSWORD', ''],
  ['OS_CLOUD', ''],
  ['os_password', ''],
])('the variable %s is passed to: %s', (name, expected) => {
  const kinds = (['ssh', 'sandbox', 'keychain'] as const).filter(
    (kind) => childEnvironment(kind, { [name]: 'x' })[name] === 'x',
  );
  expect(kinds.join(' ')).toBe(expected);
});

test('a password of OpenStack is not passed even if the ssh configuration names it', () => {
  expect(childEnvironment('tunnel', { OS_PASSWORD: 'x' }, ['OS_PASSWORD'])).toEqual({});
});

test.each([
  ['OS_PASSWORD', true],
  ['NUBES_NB_APPLICATION_CREDENTIAL_SECRET', true],
  ['NUBES_NB_LDAP_SEARCH_PASSWORD', true],
  ['OS_AUTH_URL', false],
  ['NUBES_NB_LDAP_URLS', false],
  ['SSHPASS', false],
])('an environment with %s holds secrets of this program: %s', (name, expected) => {
  expect(holdsSecrets({ [name]: 'x' })).toBe(expected);
});
