import { expect, test } from 'vitest';
import { ApiError, type ServiceName } from '../../src/openstack/errors.ts';
import { type Caller, explainRefusal } from '../../src/openstack/policy-refusal.ts';

const texts: Readonly<Record<ServiceName, string>> = {
  Nova: "Policy doesn't allow os_compute_api:x to be performed.",
  Neutron: 'rule:x is disallowed by policy',
  Glance: 'You are not authorized to complete get_images action.',
  Keystone: 'You are not authorized to perform the requested action: identity:x.',
};

function refusalOf(call: string, caller: Caller | undefined, detail?: string): Promise<ApiError> {
  const [service = '', method = '', path = '', action = ''] = call.split(' ');
  const name = service as ServiceName;
  const error = new ApiError({ service, status: 403, detail: detail ?? texts[name] });
  const body = action === '' ? undefined : { [action]: null };
  return explainRefusal(error, { name, method, path, body }, caller);
}

const withRoles = (...roles: string[]): Caller => ({
  ...{ project: 'lpd', roles: async () => roles, credential: 'login' },
});
const reader = withRoles('reader');
const askForMember = "ask the project's administrator for the role member, then nubes-nb login";
const useAnother = '; or use another project: nubes-nb login --project NAME';

test.each([
  ['Nova GET /servers/detail', 'list VMs', 'reader'],
  ['Nova GET /servers/0a', 'look at a VM', 'reader'],
  ['Nova GET /servers/0a/os-instance-actions', 'see what was done to a VM', 'reader'],
  ['Nova GET /servers/0a/os-instance-actions/req-1', 'see what was done to a VM', 'reader'],
  ['Nova POST /servers', 'create a VM', 'member'],
  ['Nova DELETE /servers/0a', 'delete a VM', 'member'],
  ['Nova POST /servers/0a/metadata', 'change the metadata of a VM', 'member'],
  ['Nova POST /servers/0a/action os-start', 'start a VM', 'member'],
  ['Nova POST /servers/0a/action os-stop', 'stop a VM', 'member'],
  ['Nova POST /servers/0a/action reboot', 'restart a VM', 'member'],
  ['Nova POST /servers/0a/action unshelve', 'unshelve a VM', 'member'],
  ['Nova POST /servers/0a/action os-getConsoleOutput', 'read the console of a VM', 'member'],
  ['Nova POST /servers/0a/action lock', 'change a VM', 'member'],
  ['Nova PUT /new', 'make this request', 'member'],
  ['Glance GET /v2/images', 'list images', 'reader'],
  ['Glance GET /images/0a', 'list images', 'reader'],
  ['Neutron GET /networks', 'list networks', 'reader'],
  ['Neutron GET /ports', 'list ports', 'reader'],
  ['Neutron GET /floatingips', 'list floating IPs', 'reader'],
  ['Neutron POST /floatingips', 'create a floating IP', 'member'],
  ['Neutron PUT /floatingips/0a', 'attach a floating IP', 'member'],
  ['Neutron DELETE /floatingips/0a', 'delete a floating IP', 'member'],
  ['Neutron GET /security-groups', 'list security groups', 'reader'],
  ['Neutron POST /security-groups', 'create a security group', 'member'],
  ['Neutron POST /security-group-rules', 'change a security group', 'member'],
])('%s without a role of the default policy: %s needs %s', async (call, doing, needed) => {
  expect(await refusalOf(call, withRoles('user'))).toMatchObject({
    ...{ code: 'NOT_ALLOWED', exit: 5, status: 403 },
    message: `${call.split(' ')[0]} does not let you ${doing}: your role in project lpd is user, and by default policy this needs ${needed}.`,
    hint: call.includes(' /servers/0a') ? askForMember : `${askForMember}${useAnother}`,
  });
});

test.each([
  ['Nova GET /limits', 'read the quota'],
  ['Nova GET /flavors/detail', 'list sizes'],
  ['Nova GET /os-keypairs/nubes-nb-0a', 'look up a key pair'],
  ['Nova POST /os-keypairs', 'import a key pair'],
  ['Nova GET /', 'see its versions'],
])('%s, which any role may do by default: the policy is stricter', async (call, doing) => {
  expect(await refusalOf(call, reader)).toMatchObject({
    message: `Nova does not let you ${doing}: any role is enough by default policy, but this cloud's policy for os_compute_api:x is stricter.`,
    hint: 'ask your cloud team which role permits it',
  });
});

test.each<[string, readonly string[], string]>([
  ['GET /servers/detail', ['reader'], 'your role reader is enough by default policy, but'],
  ['GET /servers/detail', ['Member'], 'your role Member is enough'],
  ['POST /servers', ['user', 'reader', 'member'], 'your role member is enough'],
  ['POST /servers', ['admin', 'manager', 'member', 'reader'], 'your role member is enough'],
  ['POST /servers', ['manager'], 'your role manager is enough'],
  ['POST /servers', ['admin'], 'your role admin is enough'],
  ['GET /limits', ['user'], 'any role is enough'],
  ['POST /servers', ['user', 'reader'], 'your roles in project lpd are user, reader, and by'],
  ['POST /servers', ['_member_'], 'your role in project lpd is _member_, and by default policy'],
  ['POST /servers', ['a', 'b', 'c', 'd', 'e', 'f'], 'are a, b, c, d and 2 more, and by default'],
  ['POST /servers', [], 'its policy for os_compute_api:x does not permit it.'],
])('Nova %s refused to the roles %j', async (call, roles, words) => {
  expect((await refusalOf(`Nova ${call}`, withRoles(...roles))).message).toContain(words);
});

test.each([
  ['Keystone GET /auth/projects', 'list your projects'],
  ['Keystone POST /auth/tokens', 'get a token'],
  ['Keystone DELETE /auth/tokens', 'revoke a token'],
  ['Keystone GET /users/0a/application_credentials', 'list application credentials'],
  ['Keystone POST /users/0a/application_credentials', 'create an application credential'],
  ['Keystone DELETE /users/0a/application_credentials/1b', 'delete an application credential'],
])('%s names the rule, as no login is known', async (call, doing) => {
  expect(await refusalOf(call, undefined)).toMatchObject({
    message: `Keystone does not let you ${doing}: its policy for identity:x does not permit it.`,
    hint: 'ask your cloud team which role permits it',
  });
});

test.each([
  ['Nova POST /servers', "Policy doesn't allow os_compute_api:servers:create to be performed."],
  ['Neutron POST /floatingips', 'rule:create_floatingip is disallowed by policy'],
  [
    'Neutron POST /floatingips',
    '(rule:create_floatingip and rule:create_floatingip:floating_network) is disallowed by policy',
  ],
  ['Glance GET /images', 'You are not authorized to complete this action.'],
  ['Glance GET /images', 'You are not authorized to complete get_images action.'],
  ['Keystone GET /auth/projects', 'You are not authorized to perform the requested action.'],
])('%s: %s is a refusal by policy', async (call, detail) => {
  const { message } = await refusalOf(call, withRoles('user'), detail);
  expect(message).toMatch(/: .* role .* by default policy/);
});

test.each([
  ['Only volume-backed servers are allowed for flavors with zero disk.'],
  ['Using a delegated token to create another token is not allowed.'],
  ['The account is disabled'],
])('%s is no refusal by policy, and is quoted', async (detail) => {
  expect(await refusalOf('Nova POST /servers', reader, detail)).toMatchObject({
    message: `Nova does not let you create a VM: ${detail.replace(/\.$/, '')}.`,
    hint: 'ask your cloud team which role permits it',
  });
});

test('a 403 without a text names the call', async () => {
  expect((await refusalOf('Nova POST /servers', reader, '')).message).toBe(
    'Nova does not let you create a VM.',
  );
});

test('an application credential of the user keeps its roles, so the hint asks for another one', async () => {
  const { hint } = await refusalOf('Nova POST /servers', { ...reader, credential: 'own' });
  expect(hint).toBe(
    "ask the project's administrator for the role member, then log in with an application credential that has it",
  );
});

test('a quota and an error of another status are left as they are', async () => {
  const call = { name: 'Nova', method: 'POST', path: '/servers', body: undefined } as const;
  for (const options of [
    { status: 403, detail: 'Quota exceeded for cores: 4' },
    { status: 404, detail: 'Gone' },
  ]) {
    const error = new ApiError({ service: 'Nova', ...options });
    expect(await explainRefusal(error, call, reader)).toBe(error);
  }
});
