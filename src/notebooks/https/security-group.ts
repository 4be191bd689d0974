import { NubesError } from '../../errors.ts';
import { ApiError, isStatus } from '../../openstack/errors.ts';
import type {
  IngressRule,
  SecurityGroup,
  SecurityRule,
} from '../../openstack/network/security-groups.ts';
import * as groups from '../../openstack/network/security-groups.ts';
import { canonicalCidr } from '../cidr.ts';
import type { Deps } from '../deps.ts';
import { jupyterGroups } from './certificate.ts';

/** Tells groups of ours from those that somebody else has given the name. */
const description = 'Jupyter reached directly by https (nubes-nb)';

/**
 * The id of the security group that lets the settings' networks reach Jupyter's port, found by its name,
 * made, or completed. Throws CONFLICT for one of that name that lets others in, NOT_ALLOWED with the rule
 * to ask for.
 */
export async function jupyterGroup(deps: Deps): Promise<string> {
  const { network, project, settings, warn } = deps;
  const openings = openingsOf(settings.notebook.allowedCidr, settings.notebook.port);
  const name = `${jupyterGroups}${settings.notebook.port}`;
  for (const { cidr } of openings) warnOfEverybody(deps, cidr);
  const there = await groups.byName(network, project.id, name);
  const same = there.find((group) => isJust(group, openings));
  if (same !== undefined) return same.id;
  const begun = there.find((group) => isPartOf(group, openings));
  if (begun === undefined && there[0] !== undefined) throw differs(there[0], openings);
  const refused = (error: unknown) => {
    throw isStatus(error, 403) ? mayNot(name, openings, error) : error;
  };
  const group = begun ?? (await groups.create(network, { name, description }).catch(refused));
  const missing = lackingIn(group, openings);
  for (const opening of missing) {
    await groups.addIngressRule(network, group.id, opening).catch(unlessOpen).catch(refused);
  }
  if (begun !== undefined) warn(`${name} lacked ${some(missing)}, which it lets in now.`);
  return group.id;
}

/**
 * Ours, with some of the ways in that are wanted and no others: another shell is about to make the rest,
 * or was broken off, or the settings have got one more network.
 */
function isPartOf(group: SecurityGroup, openings: readonly IngressRule[]): boolean {
  const wanted = openings.map(openingWords);
  return (
    group.description === description && group.ingress.every((rule) => wanted.includes(words(rule)))
  );
}

function lackingIn(
  { ingress }: SecurityGroup,
  openings: readonly IngressRule[],
): readonly IngressRule[] {
  const waysIn = ingress.map(words);
  return openings.filter((opening) => !waysIn.includes(openingWords(opening)));
}

/** Another shell may have made it since, and a repeated request finds its own. */
function unlessOpen(error: unknown): void {
  if (!(error instanceof ApiError && error.kind === 'SecurityGroupRuleExists')) throw error;
}

/** One opening for each network, in its shortest spelling. */
function openingsOf(cidrs: readonly string[], port: number): readonly IngressRule[] {
  const spelled = new Map(cidrs.map((cidr) => [canonicalCidr(cidr), cidr]));
  return [...spelled.keys()].map((cidr) => ({
    cidr,
    port,
    version: cidr.includes(':') ? 6 : 4,
  }));
}

/** Exactly these ways in. What a VM may send is left as it is. */
function isJust({ ingress }: SecurityGroup, openings: readonly IngressRule[]): boolean {
  const waysIn = ingress.map(words);
  const wanted = openings.map(openingWords);
  return waysIn.length === wanted.length && wanted.every((each) => waysIn.includes(each));
}

function words({ protocol, firstPort, lastPort, version, ...rule }: SecurityRule): string {
  const ports = firstPort === lastPort ? (firstPort ?? 'all ports') : `${firstPort}-${lastPort}`;
  const everybody = version === 6 ? '::/0' : '0.0.0.0/0';
  const from = rule.fromGroup ?? canonicalCidr(rule.from ?? everybody);
  return `${protocol ?? 'everything'} ${ports} from ${from}`;
}

function openingWords({ port, cidr }: IngressRule): string {
  return `tcp ${port} from ${cidr}`;
}

function wordsOf(openings: readonly IngressRule[]): string {
  return openings.map(openingWords).join(', ');
}

function some(openings: readonly IngressRule[]): string {
  const more = openings.length - 3;
  return more > 0 ? `${wordsOf(openings.slice(0, 3))} and ${more} more` : wordsOf(openings);
}

function warnOfEverybody({ warn, settings }: Deps, cidr: string): void {
  if (!cidr.endsWith('/0')) return;
  const { port } = settings.notebook;
  warn(
    `notebook.allowed_cidr has ${cidr}: everybody on the internet reaches port ${port}, and only the token keeps them out.`,
  );
}

function differs({ name, ingress }: SecurityGroup, openings: readonly IngressRule[]): NubesError {
  const there = ingress.map(words).join(', ') || 'nothing';
  const wanted = wordsOf(openings);
  return new NubesError(
    'CONFLICT',
    `The security group ${name} lets in ${there}; notebook.allowed_cidr wants ${wanted}. It is left as it is.`,
    {
      hint: 'set notebook.allowed_cidr to what is there, or notebook.port to another one, which has a group of its own.',
    },
  );
}

function mayNot(name: string, openings: readonly IngressRule[], cause: ApiError): NubesError {
  const rules = wordsOf(openings);
  return new NubesError('NOT_ALLOWED', `You may not make security groups: ${cause.detail}`, {
    hint: `ask your cloud team for a security group ${name} that lets in ${rules}.`,
    requestId: cause.requestId,
  });
}
