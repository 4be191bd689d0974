import { expect, test } from 'vitest';
import { checkQuota, explainQuotaRefusal } from '../../../src/notebooks/create/quota.ts';
import type { NotebookStatus } from '../../../src/notebooks/status.ts';
import { ApiError } from '../../../src/openstack/errors.ts';

const unlimited = Number.POSITIVE_INFINITY;
const flavors = {
  nano: { id: '1', name: 'l3.nano', vcpus: 2, ramMiB: 4_096, diskGiB: 20, disabled: false },
  small: { id: '2', name: 'l3.small', vcpus: 16, ramMiB: 32_768, diskGiB: 20, disabled: false },
};
type Size = keyof typeof flavors;

interface Quota {
  readonly instances?: number;
  readonly cores?: number;
  readonly coresUsed?: number;
  readonly ramMiB?: number;
  readonly perUser?: number;
  readonly own?: readonly (readonly [string, NotebookStatus])[];
}

function check(sizes: readonly Size[], quota: Quota) {
  const { instances = unlimited, cores = unlimited, ramMiB = unlimited } = quota;
  const { coresUsed = 0, perUser = 40, own = [] } = quota;
  return checkQuota(
    sizes.map((size) => flavors[size]),
    {
      limits: {
        instances: { max: instances, used: 0 },
        cores: { max: cores, used: coresUsed },
        ramMiB: { max: ramMiB, used: 0 },
      },
      perUser,
      own: own.map(([name, status]) => ({ name, status, size: flavors.nano })),
    },
  );
}

test.each<[string, readonly Size[], Quota, string]>([
  ['no quota at all', ['nano', 'nano'], {}, '++'],
  ['exactly as many cores', ['nano', 'nano'], { cores: 4 }, '++'],
  ['one core too few', ['nano', 'nano'], { cores: 3 }, '+-'],
  ['cores in use', ['nano', 'nano'], { cores: 8, coresUsed: 6 }, '+-'],
  ['more cores in use than allowed', ['nano'], { cores: 2, coresUsed: 4 }, '-'],
  ['instances', ['nano', 'nano', 'nano'], { instances: 2 }, '++-'],
  ['memory', ['nano', 'nano'], { ramMiB: 4_096 }, '+-'],
  ['a big one first', ['small', 'nano', 'nano'], { cores: 4 }, '-++'],
  ['a big one between', ['nano', 'small', 'nano'], { cores: 4 }, '+-+'],
  ['the limit of a user', ['nano', 'nano'], { perUser: 1 }, '+-'],
  ['the limit, reached', ['nano'], { perUser: 1, own: [['a', 'stopped']] }, '-'],
  [
    'the limit, lowered below what there is',
    ['nano'],
    { perUser: 0, own: [['a', 'running']] },
    '-',
  ],
])(
  'with %s, of the sizes %j and the quota %j those marked + fit: %s',
  (_what, sizes, quota, expected) => {
    const { fits, refusal } = check(sizes, quota);
    expect(fits.map((fit) => (fit ? '+' : '-')).join('')).toBe(expected);
    expect(refusal === undefined).toBe(!expected.includes('-'));
  },
);

const makesRoom = (name: string) => `nubes-nb delete ${name} makes room; stopping does not`;
const many = Array.from({ length: 14 }, (_, index) => [`n${index}`, 'running'] as const);

test.each<[readonly Size[], Quota, string, string, string]>([
  [
    ['nano'],
    { cores: 2, coresUsed: 2 },
    'QUOTA_EXCEEDED',
    "l3.nano needs 2 cores (0 free: 2 of the project's 2 are in use).",
    'ask your cloud team for more quota',
  ],
  [
    ['small'],
    { ramMiB: 1_536 },
    'QUOTA_EXCEEDED',
    "l3.small needs 32 GiB of memory (1.5 free: 0 of the project's 1.5 are in use).",
    'choose a smaller --size, or ask your cloud team for more quota',
  ],
  [
    ['nano'],
    { cores: 2, coresUsed: 2, own: [['old', 'running']] },
    'QUOTA_EXCEEDED',
    "l3.nano needs 2 cores (0 free: 2 of the project's 2 are in use).",
    makesRoom('NAME'),
  ],
  [
    ['nano'],
    { cores: 2, coresUsed: 2, own: [['old', 'stopped']] },
    'QUOTA_EXCEEDED',
    "l3.nano needs 2 cores (0 free: 2 of the project's 2 are in use). Your stopped old holds 2 cores.",
    makesRoom('old'),
  ],
  [
    ['nano'],
    { cores: 2, coresUsed: 2, own: [['old', 'released']] },
    'QUOTA_EXCEEDED',
    "l3.nano needs 2 cores (0 free: 2 of the project's 2 are in use). Your released old holds 2 cores.",
    makesRoom('old'),
  ],
  [
    ['nano', 'nano', 'small'],
    {
      cores: 4,
      own: [
        ['x', 'error'],
        ['y', 'stopped'],
        ['z', 'running'],
      ],
    },
    'QUOTA_EXCEEDED',
    'The quota has room for 2 of 3 notebooks (20 cores needed, 4 free). Your 2 stopped ones hold 4 cores (x, …).',
    makesRoom('x'),
  ],
  [
    ['nano', 'nano'],
    { instances: 1, cores: 1 },
    'QUOTA_EXCEEDED',
    'The quota has room for none of 2 notebooks (2 instances needed, 1 free; 4 cores needed, 1 free).',
    'ask your cloud team for more quota',
  ],
  [
    ['nano'],
    { perUser: 1, own: [['a', 'stopped']] },
    'LIMIT_REACHED',
    'You have 1 of 1 notebooks (stopped ones count): a.',
    'nubes-nb delete NAME makes room; nubes-nb config set limits.per_user 2 raises the limit',
  ],
  [
    ['nano', 'nano'],
    { perUser: 1 },
    'LIMIT_REACHED',
    'You have 0 of 1 notebooks (stopped ones count); there is room for 1 of 2 more.',
    'nubes-nb config set limits.per_user 2',
  ],
  [
    ['nano'],
    { perUser: 14, own: many },
    'LIMIT_REACHED',
    `You have 14 of 14 notebooks (stopped ones count): ${many
      .slice(0, 12)
      .map(([name]) => name)
      .join(', ')}, ….`,
    'nubes-nb delete NAME makes room; nubes-nb config set limits.per_user 15 raises the limit',
  ],
])('%j with the quota %j: %s', (sizes, quota, code, message, hint) => {
  expect(check(sizes, quota).refusal).toMatchObject({ code, message, hint });
});

test('a quota and a limit that both refuse are explained by the one that refuses first', () => {
  const quota = { cores: 2, perUser: 1 };
  expect(check(['nano', 'nano'], quota).refusal?.code).toBe('LIMIT_REACHED');
  expect(check(['nano', 'nano', 'nano'], { ...quota, perUser: 2 }).refusal?.code).toBe(
    'QUOTA_EXCEEDED',
  );
});

test.each([
  ['Quota exceeded for cores', 'Nova refused: Quota exceeded for cores.'],
  ['Quota exceeded for cores.', 'Nova refused: Quota exceeded for cores.'],
  ['', 'Nova refused: a quota is used up.'],
  [
    'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances',
    "Nova refused: 1 of the project's 1 instances are in use (1 more needed).",
  ],
  ['Maximum number of ports exceeded', 'Nova refused: the quota of ports is used up.'],
])("Nova's own refusal %j becomes %j", (detail, message) => {
  const error = new ApiError({
    ...{ service: 'Nova', status: 403, method: 'POST', path: '/servers' },
    ...{ kind: 'forbidden', detail, requestId: 'req-1', code: 'QUOTA_EXCEEDED' },
  });
  expect(explainQuotaRefusal(error)).toMatchObject({
    code: 'QUOTA_EXCEEDED',
    message,
    requestId: 'req-1',
  });
});
