import { type AddedServer, addServer } from './add-server.ts';
import type { Faults } from './faults.ts';
import type { RunningService } from './http.ts';
import { type CatalogService, usualCatalog } from './keystone/views.ts';
import type { SecurityGroup } from './neutron/resources.ts';
import { allowsIngress } from './neutron/security-groups.ts';
import { advanceServers } from './nova/lifecycle.ts';
import { type ServerRecord, statusOf } from './nova/server-record.ts';
import { type Release, traitsOf } from './release.ts';
import type { RecordedRequest } from './requests.ts';
import type { Flavor, Image, Network } from './site-resources.ts';
import type { KeyPair, Origins, State } from './state.ts';
import type { Project, User } from './users.ts';

/** A snapshot of a server. */
export type CloudServer = Readonly<ServerRecord> & {
  /** Nova's `status`: BUILD, ACTIVE, SHUTOFF, … */
  readonly status: string;
  readonly address: string | undefined;
};

/** A running cloud: Keystone, Nova, Glance and Neutron on loopback. */
export interface Cloud {
  /** `http://127.0.0.1:<port>/v3`. */
  readonly authUrl: string;
  /** As in Keystone's catalog: compute ends in `/v2.1`, identity in `/v3`. */
  readonly endpoints: Origins;
  /** All requests so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** By id, oldest first, including deleted servers (status DELETED); a new snapshot at each access. */
  readonly servers: ReadonlyMap<string, CloudServer>;
  readonly users: User[];
  readonly projects: Project[];
  readonly flavors: Flavor[];
  readonly images: Image[];
  readonly networks: Network[];
  /** A project's `default` group is created on first use. */
  readonly securityGroups: SecurityGroup[];
  /** Of all users. */
  readonly keyPairs: KeyPair[];
  readonly faults: Faults;
  /** Policy rules denied to every user: `os_compute_api:os-console-output`, `get_network`, `get_images`. */
  readonly forbidden: Set<string>;
  addServer(wanted: AddedServer): CloudServer;
  /** Appends to the VM's serial console, as a program on the VM would. */
  print(serverId: string, text: string): void;
  /** Whether the server's security groups allow TCP from that address to that port. */
  allowsIngress(serverId: string, port: number, from: string): boolean;
  /** Every token, credential secret and admin password issued so far. */
  issuedSecrets(): readonly string[];
  /** The existing application credentials, with their owners' names. */
  credentials(): readonly { readonly user: string; readonly name: string }[];
  /** Expires all tokens issued so far. */
  expireTokens(): void;
  /** Deletes all application credentials, which ends their tokens too. */
  revokeCredentials(): void;
  /** Keystone is of this release from now on, as while a site upgrades one service after the other. */
  changeKeystone(release: Release): void;
  /** Sets Nova's `[api] max_limit`: its lists of servers have at most so many on a page. */
  limitLists(maxServers: number): void;
  /** The replies from now on have no `Date`, as under uWSGI. */
  omitDates(): void;
  /** Changes the service catalog of the tokens that are issued from now on. */
  changeCatalog(change: (catalog: readonly CatalogService[]) => readonly unknown[]): void;
  /**
   * Returns a function that puts the cloud, except its clock, back to what it is now, without faults. A request
   * that is being handled then changes records that are no longer visible.
   */
  checkpoint(): () => void;
  close(): Promise<void>;
}

/** The state that new requests see. */
export interface Present {
  state: State;
}

/** The running cloud as its tests and the demo control it. */
export function cloudOf(
  present: Present,
  faults: Faults,
  services: readonly RunningService[],
): Cloud {
  const { identity, compute, image, network } = present.state.origins;
  return {
    authUrl: `${identity}/v3`,
    endpoints: { identity: `${identity}/v3`, compute: `${compute}/v2.1`, image, network },
    faults,
    get requests() {
      return present.state.requests;
    },
    get users() {
      return present.state.users;
    },
    get projects() {
      return present.state.projects;
    },
    get flavors() {
      return present.state.flavors;
    },
    get images() {
      return present.state.images;
    },
    get networks() {
      return present.state.networks;
    },
    get securityGroups() {
      return present.state.securityGroups;
    },
    get keyPairs() {
      return present.state.keyPairs;
    },
    get forbidden() {
      return present.state.forbidden;
    },
    get servers() {
      advanceServers(present.state);
      return new Map([...present.state.servers].map(([id, server]) => [id, snapshot(server)]));
    },
    addServer: (wanted) => snapshot(addServer(present.state, wanted)),
    print(serverId, text) {
      const { consoleOutput } = present.state;
      consoleOutput.set(serverId, `${consoleOutput.get(serverId) ?? ''}${text}`);
    },
    allowsIngress: (serverId, port, from) => allowsIngress(present.state, serverId, port, from),
    issuedSecrets: () => present.state.issued,
    credentials: () =>
      [...present.state.credentials.values()].map(({ userId, name }) => ({
        user: present.state.users.find((user) => user.id === userId)?.name ?? '',
        name,
      })),
    expireTokens() {
      for (const token of present.state.tokens.values()) token.expiresAt = present.state.now();
    },
    revokeCredentials() {
      advanceServers(present.state);
      present.state.credentials.clear();
    },
    changeKeystone(release) {
      const { keystone } = traitsOf(release);
      present.state.traits = { ...present.state.traits, keystone };
    },
    limitLists(maxServers) {
      present.state.maxListedServers = maxServers;
    },
    omitDates() {
      present.state.sendsDates = false;
    },
    changeCatalog(change) {
      present.state.catalog = change(usualCatalog(present.state));
    },
    checkpoint() {
      if (faults.pending() > 0) throw new Error('A restored cloud has no faults.');
      const restored = copier(present.state);
      return () => {
        faults.clear();
        present.state = restored();
        for (const server of present.state.servers.values()) {
          // Starts its VM.
          if (server.attachments[0]?.address !== undefined) {
            present.state.vms.addressFor(server);
          }
        }
      };
    },
    async close() {
      await Promise.all(services.map((service) => service.close()));
    },
  };
}

/** Returns a function that makes copies of the present state, with the same clock and VMs. */
function copier(state: State): () => State {
  const { now, authenticate, vms, ...records } = state;
  const kept = structuredClone(records);
  return () => ({ ...structuredClone(kept), now, authenticate, vms });
}

function snapshot(server: ServerRecord): CloudServer {
  return {
    ...server,
    metadata: { ...server.metadata },
    tags: [...server.tags],
    attachments: server.attachments.map((attachment) => ({ ...attachment })),
    status: statusOf(server),
    address: server.attachments[0]?.address,
  };
}
