import { authContextOf, rolesNow } from './auth.ts';
import { type CloudRequest, objectBody } from './requests.ts';
import type { State } from './state.ts';

/** Whether a rule is denied to every user, or the caller lacks the role that it needs by default. */
export function isForbidden(state: State, request: CloudRequest): boolean {
  if (state.forbidden.size === 0 && !state.traits.needsRoles) return false;
  const auth = authContextOf(state, request);
  if (auth === undefined || isOfUnknownServer(state, request)) return false;
  if (state.forbidden.has(fullRuleOf(request))) return true;
  if (request.service === 'Keystone' || auth.projectId === undefined) return false;
  return state.traits.needsRoles && !hasRole(rolesNow(state, auth.token), request);
}

/** Nova looks for the server first. */
function isOfUnknownServer(state: State, { service, path }: CloudRequest): boolean {
  const [, id] = /^\/v2\.1\/servers\/([^/]+)/.exec(path) ?? [];
  return service === 'Nova' && id !== undefined && id !== 'detail' && !state.servers.has(id);
}

/** By the services' policies since 2023.1. What Neutron lists lacks what the caller may not read. */
function hasRole(roles: readonly string[], { service, method, path }: CloudRequest): boolean {
  const isRead = method === 'GET';
  const isOfUser = /^\/v2\.1\/?(?:$|limits|flavors|os-keypairs)/.test(path);
  if (isOfUser || (isRead && service === 'Neutron')) return true;
  const sufficient = ['member', 'manager', 'admin', ...(isRead ? ['reader'] : [])];
  return roles.some((role) => sufficient.includes(role));
}

/** The rule as `Cloud.forbidden` names it. */
function fullRuleOf(request: CloudRequest): string {
  const rule = ruleOf(request);
  return request.service === 'Nova' ? `os_compute_api:${rule}` : rule;
}

/** The text of a service's 403 for a request that the site's policy does not permit. */
export function policyRefusal({ traits }: State, request: CloudRequest): string {
  const { service } = request;
  const rule = ruleOf(request);
  if (service === 'Glance') {
    return traits.needsRoles
      ? `You are not authorized to complete ${rule} action.`
      : 'You are not authorized to complete this action.';
  }
  if (service === 'Keystone') {
    return `You are not authorized to perform the requested action: identity:${rule}.`;
  }
  return service === 'Nova'
    ? `Policy doesn't allow os_compute_api:${rule} to be performed.`
    : `rule:${rule} is disallowed by policy`;
}

/** The services' own names, for the requests of the client. */
function ruleOf(request: CloudRequest): string {
  const call = `${request.method} ${request.path.replace(/^\/v[\d.]+/, '')}`;
  const [, rule] = rules.find(([pattern]) => pattern.test(call)) ?? [];
  if (rule !== undefined) return rule;
  const [action = 'action'] = Object.keys(objectBody(request) ?? {});
  return actionRules[action] ?? action;
}

const rules: readonly (readonly [RegExp, string])[] = [
  [/^GET \/servers$/, 'servers:index'],
  [/^GET \/servers\/detail/, 'servers:detail'],
  [/^GET \/servers\/[^/]+$/, 'servers:show'],
  [/^POST \/servers$/, 'servers:create'],
  [/^DELETE \/servers\//, 'servers:delete'],
  [/^POST .*\/metadata$/, 'server-metadata:create'],
  [/^GET \/limits/, 'limits'],
  [/^GET \/os-keypairs/, 'os-keypairs:show'],
  [/^POST \/os-keypairs/, 'os-keypairs:create'],
  [/^GET \/flavors/, 'flavors'],
  [/^GET .*\/os-instance-actions/, 'os-instance-actions:list'],
  [/^GET \/$/, 'versions'],
  [/^GET \/images/, 'get_images'],
  [/^GET \/networks/, 'get_network'],
  [/^GET \/ports/, 'get_port'],
  [/^GET \/floatingips/, 'get_floatingip'],
  [/^POST \/floatingips/, 'create_floatingip'],
  [/^GET \/security-groups/, 'get_security_group'],
  [/^POST \/security-groups/, 'create_security_group'],
  [/^POST \/security-group-rules/, 'create_security_group_rule'],
  [/^GET \/auth\/projects/, 'get_auth_projects'],
  [/^POST \/auth\/tokens/, 'authenticate'],
  [/^DELETE \/auth\/tokens/, 'revoke_token'],
  [/^GET .*\/application_credentials/, 'list_application_credentials'],
  [/^POST .*\/application_credentials/, 'create_application_credential'],
  [/^DELETE .*\/application_credentials/, 'delete_application_credential'],
];

const actionRules: Readonly<Record<string, string>> = {
  'os-start': 'servers:start',
  'os-stop': 'servers:stop',
  unshelve: 'os-shelve:unshelve',
  reboot: 'servers:reboot',
  'os-getConsoleOutput': 'os-console-output',
};
