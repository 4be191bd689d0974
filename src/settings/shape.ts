import type { World } from '../world.ts';
import { parseDuration } from './duration.ts';
import { findKey } from './key-names.ts';
import { accesses, accountMakers, floatingIps, interfaces, stores, tlsModes } from './keys.ts';
import type { Value } from './kinds.ts';
import type { Layer } from './layer.ts';
import { absolute } from './places.ts';
import {
  bindTemplates,
  ldapTlsMode,
  ldapUrls,
  usernameAttribute,
  usesPrincipals,
} from './rules.ts';
import type { LdapSettings, Settings } from './settings.ts';

type Read = ReturnType<typeof reader>;

/** Converts checked values to `Settings`. */
export function shapeSettings(
  world: World,
  resolved: Layer,
  context: string | undefined,
): Settings {
  const read = reader(world, resolved);
  return {
    context,
    openstack: {
      authUrl: read.text('openstack.auth_url'),
      region: read.text('openstack.region'),
      interface: read.choice(interfaces, 'openstack.interface'),
      userDomain: read.required('openstack.user_domain'),
      project: read.text('openstack.project'),
      projectDomain: read.required('openstack.project_domain'),
      caFile: read.path('openstack.ca_file'),
    },
    ldap: ldapUrls(resolved).length === 0 ? undefined : shapeLdap(read, resolved),
    session: {
      ttlMs: read.durationMs('session.ttl') ?? 0,
      store: read.choice(stores, 'session.store'),
    },
    notebook: shapeNotebook(read),
    limits: {
      perUser: read.number('limits.per_user'),
      byGroup: groupLimitsOf(read),
      concurrency: read.number('limits.concurrency'),
    },
    timeoutsMs: {
      create: read.durationMs('timeouts.create') ?? 0,
      start: read.durationMs('timeouts.start') ?? 0,
      stop: read.durationMs('timeouts.stop') ?? 0,
      delete: read.durationMs('timeouts.delete') ?? 0,
      http: read.durationMs('timeouts.http') ?? 0,
    },
    siteTeam: {
      adminKeys: read.list('site_team.admin_keys'),
      adminKeysUrl: read.text('site_team.admin_keys_url'),
      adminGroup: read.text('site_team.admin_group'),
      support: read.text('site_team.support'),
    },
  };
}

function shapeLdap(read: Read, resolved: Layer): LdapSettings {
  const base = read.text('ldap.search.base');
  return {
    urls: ldapUrls(resolved),
    tls: tlsModes.find((mode) => mode === ldapTlsMode(resolved)) ?? 'starttls',
    caFile: read.path('ldap.ca_file'),
    bindDnTemplates: bindTemplates(resolved),
    search:
      base === undefined || usesPrincipals(resolved)
        ? undefined
        : {
            base,
            attribute: read.required('ldap.search.attribute'),
            filter: read.text('ldap.search.filter'),
            bindDn: read.text('ldap.search.bind_dn'),
          },
    ownBase: usesPrincipals(resolved) ? base : undefined,
    domains: read.list('ldap.domains'),
    allowedGroups: read.list('ldap.allowed_groups'),
    deniedGroups: read.list('ldap.denied_groups'),
    limitGroups: Object.keys(groupLimitsOf(read)),
    nestedGroups: read.value('ldap.nested_groups') === true,
    usernameAttribute: usernameAttribute(resolved) ?? read.required('ldap.username_attribute'),
    usernamePattern: read.required('ldap.username_pattern'),
    timeoutMs: read.durationMs('ldap.timeout') ?? 0,
  };
}

function groupLimitsOf(read: Read): Record<string, number> {
  const entries = read.list('limits.by_group').map((item): [string, number] => {
    const end = item.lastIndexOf('=');
    return [item.slice(0, end).trim(), Number(item.slice(end + 1))];
  });
  return Object.fromEntries(entries);
}

function shapeNotebook(read: Read): Settings['notebook'] {
  return {
    image: read.text('notebook.image'),
    size: read.text('notebook.size'),
    network: read.text('notebook.network'),
    securityGroups: read.list('notebook.security_groups'),
    keyFile: read.path('notebook.key_file'),
    alsoKeys: read.list('notebook.also_keys'),
    access: read.choice(accesses, 'notebook.access'),
    allowedCidr: read.list('notebook.allowed_cidr'),
    certificate: read.path('notebook.certificate'),
    certificateKey: read.path('notebook.certificate_key'),
    floatingIp: read.choice(floatingIps, 'notebook.floating_ip'),
    port: read.number('notebook.port'),
    sshPort: read.number('notebook.ssh_port'),
    user: read.text('notebook.user'),
    account: read.choice(accountMakers, 'notebook.account'),
    folder: read.required('notebook.folder'),
    command: read.required('notebook.command'),
    packageIndex: read.text('notebook.package_index'),
    configDrive: read.value('notebook.config_drive') === true,
    hostTemplate: read.text('notebook.host_template'),
    idleTimeoutMs: read.durationMs('notebook.idle_timeout'),
    expiresMs: read.durationMs('notebook.expires'),
  };
}

/** Reads values by key; `Kind.read` has checked their types. */
function reader(world: World, resolved: Layer) {
  const value = (name: string): Value | undefined =>
    resolved.get(name)?.value ?? findKey(name)?.defaultValue;
  const text = (name: string): string | undefined => {
    const found = value(name);
    return typeof found === 'string' ? found : undefined;
  };
  const list = (name: string): readonly string[] => {
    const found = value(name);
    return Array.isArray(found) ? found.map(String) : [];
  };
  const path = (name: string): string | undefined => {
    const found = text(name);
    const folder = resolved.get(name)?.folder ?? world.cwd;
    return found === undefined ? undefined : absolute(world, found, folder);
  };
  /** Undefined for "off". */
  const durationMs = (name: string): number | undefined => parseDuration(text(name) ?? '');
  const choice = <Name extends string>(names: readonly [Name, ...Name[]], name: string): Name =>
    names.find((each) => each === value(name)) ?? names[0];
  return {
    ...{ value, text, list, path, durationMs, choice },
    required: (name: string) => text(name) ?? '',
    number: (name: string) => Number(value(name)),
  };
}
