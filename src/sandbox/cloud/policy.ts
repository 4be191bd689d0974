import { type CloudRequest, objectBody } from './requests.ts';

/** The text of a service's 403 for a request that the site's policy does not permit. */
export function policyRefusal(request: CloudRequest): string {
  const { service } = request;
  if (service === 'Glance') return 'You are not authorized to complete this action.';
  const rule = ruleOf(request);
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
