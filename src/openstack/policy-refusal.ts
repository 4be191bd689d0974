import { commandLine } from '../command-line.ts';
import { shortList } from '../errors.ts';
import { ApiError, type ServiceName } from './errors.ts';

/** Whose token a request has. */
export interface Caller {
  readonly project: string;
  /** Of the token, implied ones included; requested only for a refusal, since they change after the login. */
  readonly roles: () => Promise<readonly string[]>;
  /** `own`: an application credential that the user brought, which a new login does not replace. */
  readonly credential: 'login' | 'own';
}

/** What was refused. */
export interface RefusedCall {
  readonly name: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/**
 * A 403 in words: which call, and by which role it is permitted. The services' texts have the name of a
 * policy rule only. Other errors, also those for a quota, are returned as they are.
 */
export async function explainRefusal(
  error: ApiError,
  call: RefusedCall,
  caller: Caller | undefined,
): Promise<ApiError> {
  if (error.status !== 403 || error.code !== 'NOT_ALLOWED') return error;
  const policy = policyIn(error.detail);
  const { doing, needs } = policy?.endsWith(':get_all_tenants') ? ofAllProjects : meaningOf(call);
  const isOfVm = /^\/servers\/(?!detail)/.test(call.path);
  const { why, hint } =
    policy === undefined
      ? { why: error.detail.replace(/[.\s]+$/, ''), hint: askTeam }
      : await reasonFor(needs, policy, caller, isOfVm);
  const { service, status, kind, detail, requestId, retryAfterMs } = error;
  return new ApiError({
    ...{ service, status, kind, detail, requestId, retryAfterMs, hint },
    message: `${service} does not let you ${doing}${why === '' ? '' : `: ${why}`}.`,
  });
}

/** The 401 for a new token: to a service, a call that no access rule covers has no valid token. */
export function withoutAccessRule(
  { service, requestId }: ApiError,
  { method, baseUrl, path }: Pick<RefusedCall, 'method' | 'path'> & { readonly baseUrl: string },
): ApiError {
  const call = `${method} ${new URL(baseUrl).pathname}${path}`;
  return new ApiError({
    service,
    status: 403,
    kind: 'accessRules',
    detail: `no access rule of the application credential covers ${call}`,
    hint: 'use an application credential whose access rules cover it, or one without access rules',
    requestId,
  });
}

const askTeam = 'ask your cloud team which role permits it';

interface Meaning {
  /** Continues "does not let you". */
  readonly doing: string;
  readonly needs: Need;
}
/** The lowest role by the policies that OpenStack's services have shipped with since 2023.1. */
type Need = 'any' | 'reader' | 'member' | 'admin';

const ofAllProjects: Meaning = { doing: 'list the VMs of all projects', needs: 'admin' };

const meanings: readonly (readonly [RegExp, string, Need?])[] = [
  [/^Nova GET \/servers(?:\/detail)?$/, 'list VMs'],
  [/^Nova GET \/servers\/[^/]+\/os-instance-actions/, 'see what was done to a VM'],
  [/^Nova GET \/servers/, 'look at a VM'],
  [/^Nova POST \/servers$/, 'create a VM'],
  [/^Nova (?:POST|DELETE) .*\/metadata/, 'change the metadata of a VM'],
  [/^Nova DELETE \/servers/, 'delete a VM'],
  [/^Nova POST .* os-start/, 'start a VM'],
  [/^Nova POST .* os-stop/, 'stop a VM'],
  [/^Nova POST .* reboot/, 'restart a VM'],
  [/^Nova POST .* unshelve/, 'unshelve a VM'],
  [/^Nova POST .* os-getConsoleOutput/, 'read the console of a VM'],
  [/^Nova POST \/servers\/[^/]+\/action/, 'change a VM'],
  [/^Nova GET \/limits/, 'read the quota', 'any'],
  [/^Nova GET \/flavors/, 'list sizes', 'any'],
  [/^Nova GET \/os-keypairs/, 'look up a key pair', 'any'],
  [/^Nova POST \/os-keypairs/, 'import a key pair', 'any'],
  [/^Nova GET \/$/, 'see its versions', 'any'],
  [/^Glance GET .*\/images/, 'list images'],
  [/^Neutron GET \/networks/, 'list networks'],
  [/^Neutron GET \/ports/, 'list ports'],
  [/^Neutron GET \/floatingips/, 'list floating IPs'],
  [/^Neutron POST \/floatingips/, 'create a floating IP'],
  [/^Neutron PUT \/floatingips/, 'attach a floating IP'],
  [/^Neutron DELETE \/floatingips/, 'delete a floating IP'],
  [/^Neutron GET \/security-groups/, 'list security groups'],
  [/^Neutron POST \/security-groups/, 'create a security group'],
  [/^Neutron POST \/security-group-rules/, 'change a security group'],
  [/^Keystone GET \/auth\/projects/, 'list your projects', 'any'],
  [/^Keystone GET \/projects/, 'look up projects', 'admin'],
  [/^Keystone GET \/users\/[^/]+$/, 'look up a user', 'admin'],
  [/^Keystone GET \/role_assignments/, 'list who has a role', 'admin'],
  [/^Keystone POST \/auth\/tokens/, 'get a token', 'any'],
  [/^Keystone DELETE \/auth\/tokens/, 'revoke a token', 'any'],
  [/^Keystone GET .*\/application_credentials/, 'list application credentials', 'any'],
  [/^Keystone POST .*\/application_credentials/, 'create an application credential', 'any'],
  [/^Keystone DELETE .*\/application_credentials/, 'delete an application credential', 'any'],
];

function meaningOf({ name, method, path, body }: RefusedCall): Meaning {
  const action = path.endsWith('/action') ? ` ${Object.keys(body ?? {})[0] ?? ''}` : '';
  const call = `${name} ${method} ${path}${action}`;
  const [, doing = 'make this request', needs] =
    meanings.find(([pattern]) => pattern.test(call)) ?? [];
  return { doing, needs: needs ?? (method === 'GET' ? 'reader' : 'member') };
}

/** The rule's name, `''` if the text has none; undefined if the text is about something else. */
function policyIn(detail: string): string | undefined {
  for (const pattern of policyTexts) {
    const found = pattern.exec(detail);
    if (found !== null) return found[1] ?? '';
  }
  return undefined;
}

const policyTexts: readonly RegExp[] = [
  /^Policy doesn't allow (\S+) to be performed/,
  /^\(?(?:rule:)?(\w\S*)[^(]* is disallowed by policy/,
  /^You are not authorized to complete (?:this|(\w+)) action/,
  /^You are not authorized to perform the requested action(?:: ([\w:-]+))?\.?$/,
];

async function reasonFor(
  needs: Need,
  rule: string,
  caller: Caller | undefined,
  isOfVm: boolean,
): Promise<{ readonly why: string; readonly hint: string }> {
  const policy = rule === '' ? 'policy' : `policy for ${rule}`;
  const roles = (await caller?.roles()) ?? [];
  if (caller === undefined || roles.length === 0) {
    return { why: `its ${policy} does not permit it`, hint: askTeam };
  }
  const enough = enoughRole(roles, needs);
  if (enough !== undefined) {
    const why = `${enough} is enough by default policy, but this cloud's ${policy} is stricter`;
    return { why, hint: askTeam };
  }
  const have = `${roles.length === 1 ? 'role' : 'roles'} in project ${caller.project}`;
  const are = `${roles.length === 1 ? 'is' : 'are'} ${shortList(roles, 4)}`;
  const why = `your ${have} ${are}, and by default policy this needs ${needs}`;
  return { why, hint: needs === 'admin' ? ofOneProject(caller) : askForRole(caller, isOfVm) };
}

/** Each role implies those before it. */
const ladder: readonly string[] = ['reader', 'member', 'manager', 'admin'];

/** The lowest of the roles that is enough. */
function enoughRole(roles: readonly string[], needs: Need): string | undefined {
  if (needs === 'any') return 'any role';
  const sufficient = roles.filter((role) => rankOf(role) >= rankOf(needs));
  const [lowest] = sufficient.sort((one, other) => rankOf(one) - rankOf(other));
  return lowest === undefined ? undefined : `your role ${lowest}`;
}

/** Keystone compares names of roles without regard to case. */
function rankOf(role: string): number {
  return ladder.indexOf(role.toLowerCase());
}

function ofOneProject({ project }: Caller): string {
  return `nubes-nb admin ls --project ${commandLine([project])} lists the notebooks of your project`;
}

/** A login's application credential keeps the roles of its day, and a VM its project. */
function askForRole({ credential }: Caller, isOfVm: boolean): string {
  const ask = "ask the project's administrator for the role member, then";
  if (credential === 'own') return `${ask} log in with an application credential that has it`;
  const other = isOfVm ? '' : '; or use another project: nubes-nb login --project NAME';
  return `${ask} nubes-nb login${other}`;
}
