import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  groupDn,
  peopleBase,
  searchAccount,
  searchAccountDn,
} from '../../src/sandbox/ldap/people.ts';
import { type Workbench, workbench } from '../support/workbench.ts';
import { rowsOf } from './fault-table.ts';
import {
  faultNames,
  type LdapFault,
  type LdapServer,
  ldapServer,
  makeCertificates,
  type Step,
  steps,
} from './ldap-server.ts';
import { type Case, wrongCases } from './outcome.ts';
import { textOfTable } from './text.ts';

/** Those that servers return to these requests, and two of no standard. */
const results = [
  1, 2, 3, 4, 7, 8, 11, 12, 13, 14, 16, 17, 18, 19, 21, 32, 33, 34, 36, 48, 49, 50, 51, 52, 53, 54,
  80, 118, 4096,
];
const handshakeFaults: readonly LdapFault[] = ['unknown CA', 'expired', 'other host'];
const searchFaults: readonly LdapFault[] = ['partial', 'none', 'continued'];
const requestFaults = faultNames.filter(
  (fault) => !['refused', 'HTTP', ...handshakeFaults, ...searchFaults].includes(fault),
);
/** The login waits for its time limit; a short one would end others on a busy computer. */
const waitingFaults: readonly LdapFault[] = ['silent', 'malformed', 'other id', 'other kind'];
/** Of the other faults, whose logins do not wait. */
const timeoutMs = 30_000;
const benches = 6;

function faultsOf(step: Step): readonly LdapFault[] {
  if (step === 'connect') return ['refused', 'silent', 'reset', 'closed', 'HTTP'];
  if (step === 'TLS handshake') return ['silent', 'reset', 'closed', 'HTTP', ...handshakeFaults];
  const isSearch = step.startsWith('search');
  return [...requestFaults, ...(isSearch ? searchFaults : []), ...results];
}

/** By name, and as a DN: their members are found in different ways. */
const rules = {
  'denied by name': 'denied_groups = ["suspended"]',
  'allowed by DN': `allowed_groups = ["${groupDn('nubes-users')}"]`,
} as const;
type Rule = keyof typeof rules;

interface Job {
  readonly step: Step;
  readonly fault: LdapFault;
  readonly rule: Rule;
}

/** Of a group by its DN the steps that differ: it is not searched for. */
const stepsOf: Readonly<Record<Rule, readonly Step[]>> = {
  'denied by name': steps,
  'allowed by DN': ['search of the own entry', 'comparison with the group'],
};

const jobs: readonly Job[] = (Object.keys(rules) as Rule[]).flatMap((rule) =>
  stepsOf[rule].flatMap((step) => faultsOf(step).map((fault) => ({ step, fault, rule }))),
);

test('every outcome of a login with a fault of LDAP is within the contract', async () => {
  const certificates = await makeCertificates();
  const ready = await Promise.all(
    Array.from({ length: benches }, async () => {
      const bench = await workbench();
      const server = await ldapServer(bench.sandbox.directory.url, certificates);
      return { bench, server };
    }),
  );
  const results = new Map<Job, Case>();
  const waiting = [...jobs];
  try {
    await Promise.all(
      ready.map(async ({ bench, server }) => {
        for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
          results.set(job, await outcome(bench, server, job));
        }
        expect(server.plain).toEqual([]);
      }),
    );
  } finally {
    for (const { server } of ready) server.close();
    await Promise.all(ready.map(({ bench }) => bench.close()));
  }
  const slow = [...results].filter(([job, { realMs }]) => !waits(job) && realMs > timeoutMs / 2);
  expect(slow.map(([{ step, fault }]) => `${step}: ${fault}`)).toEqual([]);
  const rows = rowsOf(jobs.flatMap((job) => results.get(job) ?? []));
  expect(wrongCases(rows)).toEqual([]);
  const faults = [...faultNames, ...new Set(jobs.map(({ fault }) => fault))];
  const columns = [...new Set(faults.map(nameOf))];
  await expect(textOfTable(rows, columns)).toMatchFileSnapshot('../golden/faults/ldap.txt');
});

async function outcome(bench: Workbench, server: LdapServer, job: Job): Promise<Case> {
  const { step, fault, rule } = job;
  const caFile = join(bench.home, 'ldap-ca.pem');
  writeFileSync(caFile, server.ca);
  bench.configure((toml) =>
    toml.replace(/\[ldap\][\s\S]*?(?=\[session\])/, ldap(server, caFile, job)),
  );
  server.fail(step, fault);
  const before = bench.now().getTime();
  const realBefore = performance.now();
  const password = bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
  const seen = await bench.nb(
    'login --force --username alice --project jupyter-notebooks --password-stdin --json',
    {
      stdin: `${password}\n`,
      environment: { NUBES_NB_LDAP_SEARCH_PASSWORD: searchAccount.password },
    },
  );
  return {
    command: `login --json, with a group that is ${rule}`,
    call: `LDAP ${step}`,
    fault: nameOf(fault),
    seen: { ...seen, stderr: seen.stderr.replaceAll(server.url, 'ldap://HOST') },
    secrets: [password, searchAccount.password],
    waitedMs: bench.now().getTime() - before,
    realMs: performance.now() - realBefore,
  };
}

/** HTTP right behind the answer to StartTLS may not reach TLS. */
function waits({ step, fault }: Job): boolean {
  return waitingFaults.includes(fault) || (step === 'TLS handshake' && fault === 'HTTP');
}

function nameOf(fault: LdapFault): string {
  return String(fault);
}

/** The section of the settings. */
function ldap({ url }: LdapServer, caFile: string, job: Job): string {
  return `[ldap]
urls = ["${url}"]
tls = "starttls"
ca_file = "${caFile}"
timeout = "${waits(job) ? 1 : timeoutMs / 1000}s"
${rules[job.rule]}

[ldap.search]
base = "${peopleBase}"
attribute = "uid"
bind_dn = "${searchAccountDn}"

`;
}
