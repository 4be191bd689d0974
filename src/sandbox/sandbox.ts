import type { Cloud } from './cloud/cloud.ts';
import type { Release } from './cloud/release.ts';
import type { Quota } from './cloud/users.ts';
import { type Directory, type DirectoryOptions, startDirectory } from './ldap/directory.ts';
import { groupDn, peopleBase } from './ldap/people.ts';
import { startVms } from './vm/vms.ts';

/** How long the cloud takes for each operation; the defaults are short. */
export interface Timings {
  readonly bootMs: number;
  readonly stopMs: number;
  readonly startMs: number;
  readonly deleteMs: number;
  /** From ACTIVE until Jupyter answers. */
  readonly readyMs: number;
}

export interface SandboxOptions extends Partial<Timings> {
  /** The cloud's clock; the real one by default. */
  readonly now?: () => Date;
  readonly directory?: DirectoryOptions;
  /** A PATH to search for a real Jupyter; without one, a stand-in answers. */
  readonly programPath?: string | undefined;
  /** The release of OpenStack that the cloud behaves like; the newest by default. */
  readonly release?: Release | undefined;
  /** Overrides of Nova's default quota, by project name. */
  readonly quotas?: Readonly<Record<string, Partial<Quota>>>;
}

/** A site on loopback: LDAP, Keystone, Nova, Glance, Neutron and VMs. */
export interface Sandbox {
  /** Keystone's address, with `/v3`. */
  readonly authUrl: string;
  readonly ldapUrl: string;
  /** The CA of the LDAP server's certificate. */
  readonly caFile: string;
  /** An unrelated CA. */
  readonly otherCaFile: string;
  /** The sshd port of every VM. */
  readonly sshPort: number;
  readonly people: readonly { readonly name: string; readonly password: string }[];
  /** The names of a person's projects. */
  readonly projectsOf: (person: string) => readonly string[];
  /** A complete settings file for the client. */
  readonly settingsToml: string;
  readonly cloud: Cloud;
  readonly directory: Directory;
  /**
   * Returns a function that puts cloud and VMs back to what they are now, with new disks for the VMs. It leaves
   * the directory as it is, and removes all faults.
   */
  readonly checkpoint: () => () => Promise<void>;
  readonly close: () => Promise<void>;
}

const defaultTimings: Timings = {
  bootMs: 1000,
  stopMs: 400,
  startMs: 600,
  deleteMs: 300,
  readyMs: 600,
};

/** Starts all services on free ports. `close` deletes every file. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    now = () => new Date(),
    directory: directoryOptions,
    programPath,
    release,
    quotas = {},
    ...changed
  } = options;
  const timings = { ...defaultTimings, ...changed };
  const { startCloud } = await import('./cloud/cloud.ts');
  let cloud: Cloud | undefined;
  const [directory, vms] = await Promise.all([
    startDirectory(directoryOptions),
    startVms({
      now,
      readyMs: timings.readyMs,
      programPath,
      allowsIngress: (serverId, port, from) => cloud?.allowsIngress(serverId, port, from) ?? false,
    }),
  ]);
  cloud = await startCloud({
    ...timings,
    now,
    vms,
    release,
    quotas,
    authenticate: async (name, password) => directory.check(name, password),
  });
  const { authUrl } = cloud;
  const { sshPort } = vms;
  return {
    authUrl,
    ldapUrl: directory.url,
    caFile: directory.caFile,
    otherCaFile: directory.otherCaFile,
    sshPort,
    people: directory.people.map(({ name, password }) => ({ name, password })),
    projectsOf: (person) =>
      cloud.users.find(({ name }) => name === person)?.projects.map(({ name }) => name) ?? [],
    settingsToml: settingsToml({ authUrl, directory, sshPort }),
    cloud,
    directory,
    checkpoint: () => {
      const restoreCloud = cloud.checkpoint();
      const removeVms = vms.checkpoint();
      return async () => {
        const vmsRemoved = removeVms();
        restoreCloud();
        await vmsRemoved;
      };
    },
    close: async () => {
      await Promise.all([cloud.close(), vms.close(), directory.close()]);
    },
  };
}

/** Denies only the group `suspended`, so that users without a project get as far as Keystone. */
function settingsToml(site: {
  readonly authUrl: string;
  readonly directory: Directory;
  readonly sshPort: number;
}): string {
  const { authUrl, directory, sshPort } = site;
  return `# The sandbox of nubes-nb; gone when it ends.
[openstack]
auth_url = ${quoted(authUrl)}
user_domain = "stfc"

[ldap]
urls = [${quoted(directory.url)}]
tls = "ldaps"
ca_file = ${quoted(directory.caFile)}
bind_dn_template = "uid={username},${peopleBase}"
denied_groups = [${quoted(groupDn('suspended'))}]

[session]
store = "file"

[notebook]
image = "jupyter-notebook-2026.11"
size = "l3.nano"
network = "Internal"
ssh_port = ${sshPort}
`;
}

/** A JSON string is a valid TOML basic string. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
