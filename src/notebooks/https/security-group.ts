import ipaddr from 'ipaddr.js';
import { NubesError, shortList } from '../../errors.ts';
import { ApiError, isStatus } from '../../openstack/errors.ts';
import type {
  IngressRule,
  SecurityGroup,
  SecurityRule,
} from '../../openstack/network/security-groups.ts';
import * as groups from '../../openstack/network/security-groups.ts';
import type { Deps } from '../deps.ts';
import { type HalfDone, halfDone } from '../half-done.ts';
import { jupyterGroupDescription as description, jupyterGroupPrefix } from '../identity.ts';

const maxRulesInMessage = 3;

/**
 * The id of the security group that admits the networks of `notebook.allowed_cidr` to Jupyter's port;
 * created or completed if necessary. Throws CONFLICT if the group admits others, NOT_ALLOWED if the user
 * may not create security groups.
 */
export async function jupyterGroup(deps: Deps): Promise<string> {
  const { network, project, settings, warn, world } = deps;
  const { allowedCidr, port } = settings.notebook;
  const wanted = rulesFor(allowedCidr, port);
  const name = `${jupyterGroupPrefix}${port}`;
  for (const { cidr } of wanted) if (cidr.endsWith('/0')) warnOfInternet(deps, cidr);
  const found = await groups.byName(network, project.id, name);
  const complete = found.find((group) => isComplete(group, wanted));
  if (complete !== undefined) return complete.id;
  const partial = found.find((group) => isPartial(group, wanted));
  if (partial === undefined && found[0] !== undefined) throw otherRules(found[0], wanted);
  const explain = (error: unknown) => {
    throw isStatus(error, 403) ? notAllowed(name, wanted, error) : error;
  };
  const group = partial ?? (await groups.create(network, { name, description }).catch(explain));
  const missing = missingIn(group, wanted);
  for (const rule of missing) {
    await groups
      .addIngressRule(network, group.id, rule)
      .catch(ignoreExistingRule)
      .catch(explain)
      .catch((error: unknown) => {
        throw halfDone(error, incomplete(name, rule), world.interrupted);
      });
  }
  if (partial !== undefined) {
    warn(
      `${name} did not admit ${shortList(missing.map(describe), maxRulesInMessage)}; the missing rules were added.`,
    );
  }
  return group.id;
}

/** The group admits exactly the wanted networks. Egress rules are left alone. */
function isComplete({ ingress }: SecurityGroup, wanted: readonly IngressRule[]): boolean {
  const existing = ingress.map(describeExisting);
  return (
    existing.length === wanted.length && wanted.every((rule) => existing.includes(describe(rule)))
  );
}

/**
 * The group is ours and admits some of the wanted networks and no others: another process is still
 * creating it, or was interrupted, or the settings list one more network now.
 */
function isPartial(group: SecurityGroup, wanted: readonly IngressRule[]): boolean {
  const descriptions = wanted.map(describe);
  return (
    group.description === description &&
    group.ingress.every((rule) => descriptions.includes(describeExisting(rule)))
  );
}

function missingIn(
  { ingress }: SecurityGroup,
  wanted: readonly IngressRule[],
): readonly IngressRule[] {
  const existing = ingress.map(describeExisting);
  return wanted.filter((rule) => !existing.includes(describe(rule)));
}

/** Another process may have added it, and a repeated request finds its own rule. */
function ignoreExistingRule(error: unknown): void {
  if (!(error instanceof ApiError && error.kind === 'SecurityGroupRuleExists')) throw error;
}

/** One rule for each network. */
export function rulesFor(cidrs: readonly string[], port: number): readonly IngressRule[] {
  return [...new Set(cidrs.map(canonicalCidr))].map((cidr) => ({
    cidr,
    port,
    version: cidr.includes(':') ? 6 : 4,
  }));
}

/** As Neutron stores a network: `10.1.2.3/8` is 10.0.0.0/8, and an address alone is a network of one. */
export function canonicalCidr(cidr: string): string {
  const network = cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`;
  const [address, bits] = ipaddr.parseCIDR(network);
  const first =
    address.kind() === 'ipv6'
      ? ipaddr.IPv6.networkAddressFromCIDR(network)
      : ipaddr.IPv4.networkAddressFromCIDR(network);
  return `${first}/${bits}`;
}

function describeExisting(rule: SecurityRule): string {
  const { protocol, firstPort, lastPort, version, fromGroup, from } = rule;
  const ports = firstPort === lastPort ? (firstPort ?? 'all ports') : `${firstPort}-${lastPort}`;
  const everywhere = version === 6 ? '::/0' : '0.0.0.0/0';
  return `${protocol ?? 'everything'} ${ports} from ${fromGroup ?? canonicalCidr(from ?? everywhere)}`;
}

function describe({ port, cidr }: IngressRule): string {
  return `tcp ${port} from ${cidr}`;
}

function listOf(rules: readonly IngressRule[]): string {
  return rules.map(describe).join(', ');
}

function warnOfInternet({ warn, settings }: Deps, cidr: string): void {
  const { port } = settings.notebook;
  warn(
    `notebook.allowed_cidr contains ${cidr}: port ${port} is open to the whole internet, protected by the token alone.`,
  );
}

function otherRules({ name, ingress }: SecurityGroup, wanted: readonly IngressRule[]): NubesError {
  const existing = ingress.map(describeExisting).join(', ') || 'nothing';
  return new NubesError(
    'CONFLICT',
    `The security group ${name} admits ${existing}, but notebook.allowed_cidr requires ${listOf(wanted)}. It was not changed.`,
    {
      hint: 'set notebook.allowed_cidr to the networks of the group, or notebook.port to another port, which gets its own group',
    },
  );
}

function incomplete(name: string, rule: IngressRule): HalfDone {
  return {
    done: `The security group ${name} exists`,
    missing: `Neutron has not confirmed that it admits ${describe(rule)}`,
    hint: 'run the same command again, which adds what is missing',
  };
}

function notAllowed(name: string, wanted: readonly IngressRule[], cause: ApiError): NubesError {
  const { message, hint = '', requestId } = cause;
  const askForGroup = `ask your cloud team for a security group ${name} that admits ${listOf(wanted)}`;
  return new NubesError('NOT_ALLOWED', message, {
    hint: hint.startsWith('ask your cloud team') ? askForGroup : `${askForGroup}; or ${hint}`,
    requestId,
  });
}
