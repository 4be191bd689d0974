import { absent, novaRefusal, nowhere, ok, type Step, step } from './exchange.ts';

const at = (version: string | null) => ({ headers: { 'openstack-api-version': version } });

/** The lists that find the server `nb-contract-{run}` and those that do not. */
export function lists(): Step[] {
  const finds = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      ok(200, { 'servers.0.id': '{server}', 'servers.length': 1 }),
    );
  const misses = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      ok(200, {
        servers: (value: unknown) =>
          !JSON.stringify(value).includes('nb-contract-{run}') &&
          Array.isArray(value) &&
          value.length === 0,
      }),
    );
  const refuses = (query: string, message: unknown, status = 400) =>
    step('alice', `GET compute /servers/detail?${query}`, novaRefusal(status, message));
  const mine = 'tags=nb-contract-{run}';
  return [
    finds(mine),
    finds('tags=nb-contract-{run},nb-a'),
    finds('tags-any=nb-contract-{run},none'),
    finds('name=^nb-contract-{run}$'),
    finds('name=contract-{run}'),
    finds(`${mine}&status=ACTIVE`),
    finds(`${mine}&status=active`),
    finds(`${mine}&status=SHUTOFF&status=ACTIVE`),
    finds(`${mine}&user_id={user}`),
    finds(`${mine}&changes-since=2020-01-01T00:00:00Z`),
    finds(`${mine}&sort_key=created_at&sort_dir=desc`),
    finds(`${mine}&deleted=true`),
    misses(`${mine}&not-tags=nb-a`),
    misses('tags=nb-contract-{run},none'),
    misses(`${mine}&status=SHUTOFF`),
    misses(`${mine}&user_id=${'0'.repeat(64)}`),
    misses(`${mine}&changes-since=2099-01-01T00:00:00Z`),
    misses(`${mine}&name=^contract`),
    misses('name=nb-contract-{run}&name=none'),
    refuses('nonsense=1', "'nonsense' does not match any of the regexes: '^_'"),
    refuses('status=NONSENSE', 'Invalid status value'),
    refuses(
      'limit=-1',
      "Invalid input for query parameters limit. Value: -1. '-1' does not match '^[0-9]*$'",
    ),
    refuses(
      'changes-since=yesterday',
      "Invalid input for query parameters changes-since. Value: yesterday. 'yesterday' is not a 'date-time'",
    ),
    refuses('tags=', "Invalid input for query parameters tags. Value: . '' is not a 'regex'"),
    refuses('name=[', "Invalid input for query parameters name. Value: [. '[' is not a 'regex'"),
    refuses(
      'sort_key=bogus',
      /^Invalid input for query parameters sort_key\. Value: bogus\. 'bogus' is not one of \[/,
    ),
    refuses(`marker=${nowhere}`, `marker [${nowhere}] not found`),
    refuses(
      'all_tenants=1',
      "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.",
      403,
    ),
    step(
      'alice',
      `GET compute /servers/detail?${mine}&nonsense=1`,
      ok(200, { 'servers.length': 1 }),
      at('compute 2.74'),
    ),
    step(
      'alice',
      `GET compute /servers?${mine}&limit=1`,
      ok(200, {
        'servers.0.name': 'nb-contract-{run}',
        'servers.0.status': absent,
        'servers_links.0.rel': 'next',
        'servers_links.0.href': /marker=[0-9a-f-]{36}/,
      }),
    ),
    step(
      'alice',
      `GET compute /servers?${mine}&limit=1&marker={server}`,
      ok(200, { servers: [], servers_links: absent }),
    ),
    step('alice', `GET compute /servers?${mine}&limit=0`, ok(200, { servers: [] })),
  ];
}
