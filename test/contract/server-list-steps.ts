import { absent, jsonReply, novaRefusal, type Step, step, unknownId } from './exchange.ts';

const at = (version: string | null) => ({ headers: { 'openstack-api-version': version } });

/** Queries that find the server `nb-contract-{run}`, that do not find it, and that are invalid. */
export function listSteps(): Step[] {
  const finds = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      jsonReply(200, { 'servers.0.id': '{server}', 'servers.length': 1 }),
    );
  const misses = (query: string) =>
    step(
      'alice',
      `GET compute /servers/detail?${query}`,
      jsonReply(200, {
        servers: (value: unknown) =>
          !JSON.stringify(value).includes('nb-contract-{run}') &&
          Array.isArray(value) &&
          value.length === 0,
      }),
    );
  const refuses = (query: string, message: unknown, status = 400) =>
    step('alice', `GET compute /servers/detail?${query}`, novaRefusal(status, message));
  const ownTag = 'tags=nb-contract-{run}';
  return [
    finds(ownTag),
    finds('tags=nb-contract-{run},nb-a'),
    finds('tags-any=nb-contract-{run},none'),
    finds('name=^nb-contract-{run}$'),
    finds('name=contract-{run}'),
    finds(`${ownTag}&status=ACTIVE`),
    finds(`${ownTag}&status=active`),
    finds(`${ownTag}&status=SHUTOFF&status=ACTIVE`),
    finds(`${ownTag}&user_id={user}`),
    finds(`${ownTag}&changes-since=2020-01-01T00:00:00Z`),
    finds(`${ownTag}&sort_key=created_at&sort_dir=desc`),
    finds(`${ownTag}&sort_key=created_at&sort_dir=asc`),
    finds(`${ownTag}&deleted=true`),
    misses(`${ownTag}&not-tags=nb-a`),
    misses('tags=nb-contract-{run},none'),
    misses(`${ownTag}&status=SHUTOFF`),
    misses(`${ownTag}&user_id=${'0'.repeat(64)}`),
    misses(`${ownTag}&changes-since=2099-01-01T00:00:00Z`),
    misses(`${ownTag}&name=^contract`),
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
    refuses(`marker=${unknownId}`, `marker [${unknownId}] not found`),
    refuses(
      'all_tenants=1',
      "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.",
      403,
    ),
    step(
      'alice',
      `GET compute /servers/detail?${ownTag}&nonsense=1`,
      jsonReply(200, { 'servers.length': 1 }),
      at('compute 2.74'),
    ),
    step(
      'alice',
      `GET compute /servers?${ownTag}&limit=1`,
      jsonReply(200, {
        'servers.0.name': 'nb-contract-{run}',
        'servers.0.status': absent,
        'servers_links.0.rel': 'next',
        'servers_links.0.href': /marker=[0-9a-f-]{36}/,
      }),
    ),
    step(
      'alice',
      `GET compute /servers?${ownTag}&limit=1&marker={server}`,
      jsonReply(200, { servers: [], servers_links: absent }),
    ),
    step('alice', `GET compute /servers?${ownTag}&limit=0`, jsonReply(200, { servers: [] })),
  ];
}
