import { inGibibytes } from '../gibibytes.ts';

/** A limit that a request exceeds. The numbers are undefined if the service does not give them. */
export interface ExceededLimit {
  readonly noun: string;
  /** Whose limit it is: that of a project, of a user, or of one server or request. */
  readonly of: 'project' | 'user' | 'request';
  /** How to get below it, as a hint. */
  readonly hint: string;
  /** What a message shows of an amount. */
  readonly inUnits?: (amount: number) => number;
  readonly max?: number;
  readonly used?: number;
  /** 0: Nova counted again after it had accepted the request, so `used` includes it. */
  readonly needed?: number;
}

type Resource = Pick<ExceededLimit, 'noun' | 'of' | 'hint' | 'inUnits'>;

/** What services send with 403 or 409. Nova's fault of a server has the same sentences. */
const sentences = [
  /\bquota exceeded\b/i,
  /\bis over a limit for \[/,
  /\bMaximum number of [\w ]+ exceed(s|ed)\b/,
  /\bPersonality file (\w+ exceeds maximum|limit exceeded)\b/,
];

export function isOverQuota(text: string): boolean {
  return sentences.some((sentence) => sentence.test(text));
}

/**
 * The limits that a refusal names: in the words of oslo.limit (Nova with unified limits), of Nova's own driver,
 * or of Neutron. Empty if it names none.
 */
export function exceededLimits(text: string): readonly ExceededLimit[] {
  const unified = [...text.matchAll(unifiedLimit)].map(([, name = '', max, used, needed]) => ({
    ...resourceOf(name),
    ...{ max: Number(max), used: Number(used), needed: Number(needed) },
  }));
  if (unified.length > 0) return unified;
  return limitsOfServers(text) ?? limitsOfNeutron(text) ?? limitsByPhrase(text);
}

const unifiedLimit =
  /Resource (\S+) is over limit of (-?\d+) due to current usage (\d+) and delta (\d+)/g;

/** `Quota exceeded for cores, ram: Requested 2, 4096, but already used 4, 8192 of 4, 8192 cores, ram` */
const ownLimits =
  /Quota exceeded for ([\w, ]+): Requested ([\d, ]+), but already used ([\d, ]+) of ([-\d, ]+) /;

function limitsOfServers(text: string): readonly ExceededLimit[] | undefined {
  const found = ownLimits.exec(text)?.slice(1);
  if (found === undefined) return undefined;
  const [names = [], ...numbers] = found.map((list) => list.split(', '));
  return names.map((name, at) => {
    const [needed, used, max] = numbers.map((list) => Number(list[at]));
    return { ...resourceOf(name), ...{ needed, used, max } } as ExceededLimit;
  });
}

/** `Quota exceeded for resources: ['port'].` */
function limitsOfNeutron(text: string): readonly ExceededLimit[] | undefined {
  const names = /Quota exceeded for resources: \[([^\]]*)\]/.exec(text)?.[1]?.match(/\w+/g);
  return names?.map(resourceOf);
}

const phrases: readonly (readonly [RegExp, string])[] = [
  [/too many key pairs/, 'key_pairs'],
  [/too many server groups/, 'server_groups'],
  [/too many servers in group/, 'server_group_members'],
  [/number of metadata items exceeds (\d+)/, 'metadata_items'],
  [/number of ports exceeded/, 'port'],
  [/number of floating IPs exceeded/, 'floatingip'],
  [/number of security groups or rules exceeded/, 'security_group'],
  [/file path exceeds maximum (\d+)/, 'injected_file_path_bytes'],
  [/file content exceeds maximum (\d+)/, 'injected_file_content_bytes'],
  [/Personality file limit exceeded/, 'injected_files'],
];

function limitsByPhrase(text: string): readonly ExceededLimit[] {
  for (const [pattern, name] of phrases) {
    const found = pattern.exec(text);
    if (found === null) continue;
    return [{ ...resourceOf(name), ...(found[1] !== undefined && { max: Number(found[1]) }) }];
  }
  return [];
}

const freedByDeletion = 'nubes-nb ls shows what you hold; nubes-nb delete NAME frees it';
const freedBy = (kind: string, identifier: string) =>
  `openstack ${kind} list, then openstack ${kind} delete ${identifier}; deleting notebooks frees none`;
const askTeam = 'ask your cloud team for a higher limit';

/** By the names of Nova's own driver and of Neutron. */
const resources: Readonly<Record<string, Resource>> = {
  instances: { noun: 'instances', of: 'project', hint: freedByDeletion },
  cores: { noun: 'cores', of: 'project', hint: freedByDeletion },
  ram: { noun: 'GiB of memory', of: 'project', hint: freedByDeletion, inUnits: inGibibytes },
  disk: { noun: 'GiB of disk', of: 'project', hint: freedByDeletion },
  port: {
    ...{ noun: 'ports', of: 'project' },
    hint: 'nubes-nb delete NAME frees the port of a notebook; openstack port list shows the others',
  },
  floatingip: { noun: 'floating IPs', of: 'project', hint: freedBy('floating ip', 'ID') },
  security_group: { noun: 'security groups', of: 'project', hint: freedBy('security group', 'ID') },
  security_group_rule: {
    ...{ noun: 'rules of security groups', of: 'project' },
    hint: freedBy('security group rule', 'ID'),
  },
  key_pairs: { noun: 'key pairs', of: 'user', hint: freedBy('keypair', 'NAME') },
  server_groups: { noun: 'server groups', of: 'project', hint: freedBy('server group', 'ID') },
  server_group_members: { noun: 'VMs in the server group', of: 'request', hint: askTeam },
  metadata_items: {
    ...{ noun: 'metadata items of a VM', of: 'request' },
    hint: 'use fewer labels',
  },
  injected_files: { noun: 'injected files', of: 'request', hint: askTeam },
  injected_file_content_bytes: {
    ...{ noun: 'bytes in an injected file', of: 'request' },
    hint: askTeam,
  },
  injected_file_path_bytes: {
    ...{ noun: 'bytes in the path of an injected file', of: 'request' },
    hint: askTeam,
  },
};

/** Keystone's names of limits, where they are not those of Nova's own driver with `server_` in front. */
const unifiedNames: Readonly<Record<string, string>> = {
  servers: 'instances',
  'class:VCPU': 'cores',
  'class:MEMORY_MB': 'ram',
  'class:DISK_GB': 'disk',
};

function resourceOf(name: string): Resource {
  const own = unifiedNames[name] ?? name;
  const known = resources[own] ?? resources[own.replace(/^server_/, '')];
  return known ?? { noun: nounOf(name), of: 'project', hint: freedByDeletion };
}

/** `GPU_A100` for `class:CUSTOM_GPU_A100`; the plural of Neutron's names. */
function nounOf(name: string): string {
  const resourceClass = /^class:(?:CUSTOM_)?(.+)/.exec(name)?.[1];
  return resourceClass ?? `${name.replaceAll('_', ' ').replace(/s$/, '')}s`;
}

/** `4 of the project's 4 cores are in use (2 more needed)`: for the end of a sentence, without a full stop. */
export function limitsInWords(limits: readonly ExceededLimit[]): string {
  return limits.map(inWords).join(', and ');
}

function inWords({ inUnits = (amount) => amount, ...limit }: ExceededLimit): string {
  const { noun, of, max, used = 0, needed } = limit;
  if (max === undefined) return `the quota of ${noun} is used up`;
  if (of === 'request') {
    const wanted = needed === undefined ? '' : `, not ${used + needed}`;
    return `at most ${max} ${noun} are allowed${wanted}`;
  }
  const more = needed ? ` (${inUnits(needed)} more needed)` : '';
  const owner = of === 'user' ? 'your' : "the project's";
  return `${inUnits(used)} of ${owner} ${inUnits(max)} ${noun} are in use${more}`;
}
