import { isIPv6 } from 'node:net';
import { commandLine } from '../../command-line.ts';
import { NubesError, withoutStop } from '../../errors.ts';
import * as securityGroups from '../../openstack/network/security-groups.ts';
import { withDeadline } from '../../openstack/service.ts';
import type { PortCheck } from '../../ssh/port-check.ts';
import type { SshTarget } from '../../ssh/target.ts';
import type { Deps } from '../deps.ts';
import { jupyterGroupPrefix } from '../identity.ts';

/** How ssh reaches the VM of a notebook. */
export interface SshEndpoint {
  readonly name: string;
  readonly target: SshTarget;
}

/** Whom a VM's security groups admit to a port. */
export type PortAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'limited'; readonly from: readonly string[] }
  | { readonly kind: 'closed'; readonly groups: readonly string[] };

/** Neutron only explains a failure here, which must not take long itself. */
const neutronTimeoutMs = 2_000;

/** What a check of the port means. `lastError` is for users who did not see ssh's own. */
export async function explainUnreachable(
  deps: Deps,
  { name, target }: SshEndpoint,
  check: PortCheck,
  lastError?: string,
): Promise<NubesError> {
  const access = check === 'no answer' ? await portAccess(deps, target) : undefined;
  const { message, hint } = explain(name, target, { check, access, lastError });
  return new NubesError('UNREACHABLE', message, { hint });
}

interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/** What was found out about a VM that ssh cannot log in to. */
export interface Findings {
  readonly check: PortCheck;
  readonly access?: PortAccess | undefined;
  readonly lastError?: string | undefined;
}

const connectToSite = "connect to the site's network or VPN";

/** Pure: the sentence and the hint for what was found out. */
export function explain(
  name: string,
  { host, port }: Pick<SshTarget, 'host' | 'port'>,
  { check, access, lastError: last = 'see its message above' }: Findings,
): Explanation {
  if (access?.kind === 'closed') return closedBy(name, port, access.groups);
  const at = `${host}:${port}`;
  const lastError = withoutStop(last);
  if (access?.kind === 'limited') {
    return {
      message: `The VM of ${name} does not answer at ${at}: its security groups admit only ${access.from.join(', ')} to port ${port}.`,
      hint: `${connectToSite}, or add a rule for your address`,
    };
  }
  switch (check) {
    case 'no name':
      return {
        message: `Cannot resolve the host name of the VM of ${name}: ${host}.`,
        hint: `${connectToSite}, or check notebook.host_template`,
      };
    case 'no route':
      return {
        message: `There is no route to the VM of ${name} at ${at}.`,
        hint: connectToSite,
      };
    case 'no answer':
      return {
        message: `The VM of ${name} does not answer at ${at}.`,
        hint: `${connectToSite}, or check that its security groups admit you to the port`,
      };
    case 'refused':
      return {
        message: `The VM of ${name} refuses connections to ${at}: sshd is not running (yet).`,
        hint: `nubes-nb logs ${name}`,
      };
    case 'silent':
      return {
        message: `The VM of ${name} accepts connections to ${at}, but its sshd does not respond.`,
        hint: `nubes-nb logs ${name}, then nubes-nb restart ${name}`,
      };
    case 'penalty':
      return {
        message: `sshd of ${name} does not admit this computer's address for a short time ("Not allowed at this time"), because several connections from it ended without a login.`,
        hint: 'wait a minute and try again; computers behind the same NAT share an address',
      };
    case 'answers':
      return {
        message: `sshd of ${name} answers at ${at}, but ssh exited with 255 (${lastError}).`,
        hint: `use the account and key that ${name} was created with: nubes-nb show ${name}`,
      };
  }
}

function closedBy(name: string, port: number, groups: readonly string[]): Explanation {
  const group = groups.find((each) => !each.startsWith(jupyterGroupPrefix)) ?? 'GROUP';
  return {
    message: `No security group of the VM of ${name} admits anyone to port ${port} (it has: ${groups.join(', ') || 'none'}).`,
    hint: `openstack security group rule create --protocol tcp --dst-port ${port} ${commandLine([group])}`,
  };
}

/** Undefined if Neutron does not answer. */
async function portAccess(
  { network, world }: Deps,
  { serverId, host, port }: SshTarget,
): Promise<PortAccess | undefined> {
  try {
    const limited = withDeadline(network, world.now().getTime() + neutronTimeoutMs);
    const groups = await securityGroups.ofServer(limited, serverId);
    return groups === undefined ? undefined : portAccessBy(groups, port, isIPv6(host) ? 6 : 4);
  } catch {
    return undefined;
  }
}

/** Pure: what the ingress rules of the groups mean for a TCP port. */
export function portAccessBy(
  groups: readonly Pick<securityGroups.SecurityGroup, 'name' | 'ingress'>[],
  port: number,
  version: 4 | 6,
): PortAccess {
  const rules = groups
    .flatMap(({ ingress }) => ingress)
    .filter((rule) => isForPort(rule, port, version));
  if (rules.length === 0) return { kind: 'closed', groups: groups.map(({ name }) => name) };
  const from = rules.flatMap((rule) => (isEverywhere(rule.from) ? [] : [rule.from ?? '']));
  return from.length < rules.length ? { kind: 'open' } : { kind: 'limited', from };
}

function isForPort(rule: securityGroups.SecurityRule, port: number, version: 4 | 6): boolean {
  const { protocol, firstPort, lastPort } = rule;
  return (
    rule.fromGroup === null &&
    rule.version === version &&
    (protocol === null || ['tcp', '6', 'any', '0'].includes(protocol)) &&
    (firstPort ?? 0) <= port &&
    port <= (lastPort ?? 65_535)
  );
}

function isEverywhere(from: string | null): boolean {
  return from === null || from === '0.0.0.0/0' || from === '::/0';
}

export function hostKeyChanged({ name, target }: SshEndpoint): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `${target.host} presents another host key than the VM of ${name} printed on its console; nothing was sent.`,
    {
      hint: `if the VM was rebuilt, nubes-nb start ${name} reads its new key; otherwise ask your cloud team`,
    },
  );
}

export function authenticationFailed(
  { name, target }: SshEndpoint,
  lastError: string | undefined,
): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `sshd of ${name} accepts none of your SSH keys for the account ${target.user} (${withoutStop(lastError ?? 'see its message above')}).`,
    {
      hint: keyHint(name, target.keyFile),
    },
  );
}

/** A notebook made here without a key file does not use a later one of the settings. */
function keyHint(name: string, keyFile: string | undefined): string {
  const toAgent = 'to your agent: ssh-add FILE';
  return keyFile === undefined
    ? `add the key that ${name} was created with ${toAgent}`
    : `set notebook.key_file to the key that ${name} was created with, or add it ${toAgent}`;
}

export function jupyterDown({ name }: SshEndpoint): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The VM of ${name} accepts ssh, but Jupyter does not answer there.`,
    {
      hint: `nubes-nb logs ${name} --source jupyter, then nubes-nb restart ${name} --jupyter-only`,
    },
  );
}
