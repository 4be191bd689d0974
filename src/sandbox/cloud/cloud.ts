import { type AddedServer, addServer } from './add-server.ts';
import { unauthorized } from './auth.ts';
import { createFaults, type FaultPlan, type Faults, type ServiceName } from './faults.ts';
import { glance, glanceUnauthorized } from './glance.ts';
import { type RequestHandler, type RunningService, startService } from './http.ts';
import { hexId } from './ids.ts';
import { keystone } from './keystone/api.ts';
import { neutron } from './neutron/api.ts';
import type { SecurityGroup } from './neutron/resources.ts';
import { allowsIngress } from './neutron/security-groups.ts';
import { nova } from './nova/api.ts';
import { advanceServers } from './nova/lifecycle.ts';
import { type ServerRecord, statusOf } from './nova/server-record.ts';
import type { Reply } from './replies.ts';
import type { CloudRequest, RecordedRequest } from './requests.ts';
import { addressPool, consoleText, fakeHostKey } from './simulated-guests.ts';
import {
  defaultFlavors,
  defaultImages,
  defaultNetworks,
  type Flavor,
  type Image,
  type Network,
} from './site-resources.ts';
import type { Guests, Origins, State, Timings } from './state.ts';
import { defaultUsers, type Project, projectsOf, type Quota, type User } from './users.ts';

export type { AddedServer } from './add-server.ts';

/** What to change of the default sandbox cloud. */
export interface CloudOptions extends Partial<Timings> {
  /** The cloud's clock. States are computed from it at each request. */
  readonly now?: () => Date;
  readonly users?: readonly User[];
  /** Checks passwords of the LDAP domain; returns the canonical name, or `undefined` if refused. */
  readonly authenticate?: (name: string, password: string) => Promise<string | undefined>;
  /** Overrides of the default quota, by project name. */
  readonly quotas?: Readonly<Record<string, Partial<Quota>>>;
  readonly guests?: Partial<Guests>;
}

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
  readonly faults: Faults;
  /** Nova policy rules denied to every user, such as `os_compute_api:os-console-output`. */
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
  /**
   * Returns a function that puts the cloud, except its clock, back to what it is now, without faults. A request
   * that is being handled then changes records that are no longer visible.
   */
  checkpoint(): () => void;
  close(): Promise<void>;
}

const defaultTimings: Timings = {
  bootMs: 3000,
  stopMs: 1000,
  startMs: 1000,
  deleteMs: 500,
  readyMs: 2000,
  tokenMs: 14_400_000,
};

/** The state that new requests see. */
interface Present {
  state: State;
}

/** Starts the four services on ephemeral ports of 127.0.0.1. */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const present = { state: newState(options) };
  const faults = createFaults();
  const services = await startServices(present, faults);
  const [identity, compute, image, network] = services.map(({ origin }) => origin);
  if (!identity || !compute || !image || !network) throw new Error('A sandbox service is missing.');
  present.state.origins = { identity, compute, image, network };
  return cloudOf(present, faults, services);
}

function newState(options: CloudOptions): State {
  const now = options.now ?? (() => new Date());
  const users = [...(options.users ?? defaultUsers())];
  const timings = { ...defaultTimings, ...timingsIn(options) };
  return {
    now,
    timings,
    forbidden: new Set(),
    authenticate: options.authenticate,
    users,
    projects: projectsOf(users, options.quotas ?? {}),
    domains: { stfc: hexId(), Default: 'default' },
    roles: new Map(),
    tokens: new Map(),
    credentials: new Map(),
    issued: [],
    keyPairs: [],
    flavors: defaultFlavors(),
    images: defaultImages(hexId(), now()),
    networks: defaultNetworks(now()),
    securityGroups: [],
    floatingIps: [],
    servers: new Map(),
    consoleOutput: new Map(),
    requests: [],
    guests: { ...simulatedGuests(timings), ...options.guests },
    origins: { identity: '', compute: '', image: '', network: '' },
  };
}

function timingsIn(options: CloudOptions): Partial<Timings> {
  const keys = ['bootMs', 'stopMs', 'startMs', 'deleteMs', 'readyMs', 'tokenMs'] as const;
  return Object.fromEntries(
    keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
}

function simulatedGuests({ readyMs }: Timings): Guests {
  return {
    addressFor: addressPool(),
    console: (server, now) =>
      consoleText(server, now, { readyMs, hostKey: fakeHostKey(server.id) }),
  };
}

type Handler = (state: State, request: CloudRequest) => Promise<Reply>;

function startServices(present: Present, faults: FaultPlan): Promise<RunningService[]> {
  const handlers: readonly [ServiceName, Handler][] = [
    ['Keystone', keystone],
    ['Nova', nova],
    ['Glance', glance],
    ['Neutron', neutron],
  ];
  return Promise.all(
    handlers.map(([name, handle]) =>
      startService({
        name,
        now: present.state.now,
        faults,
        accept: () => handlerOf(present.state, name, handle),
      }),
    ),
  );
}

function handlerOf(state: State, name: ServiceName, handle: Handler): RequestHandler {
  return {
    record: (request) => state.requests.push(request),
    async handle(request) {
      advanceServers(state);
      await state.guests.ready?.();
      return handle(state, request);
    },
    unauthorized: (request) =>
      name === 'Glance' ? glanceUnauthorized(state, request) : unauthorized(state),
  };
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

function cloudOf(present: Present, faults: Faults, services: readonly RunningService[]): Cloud {
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
    checkpoint() {
      if (faults.pending() > 0) throw new Error('A restored cloud has no faults.');
      const restored = copier(present.state);
      return () => {
        faults.clear();
        present.state = restored();
        for (const server of present.state.servers.values()) {
          // Starts its VM.
          if (server.attachments[0]?.address !== undefined) {
            present.state.guests.addressFor(server);
          }
        }
      };
    },
    async close() {
      await Promise.all(services.map((service) => service.close()));
    },
  };
}

/** Returns a function that makes copies of the present state, with the same clock and guests. */
function copier(state: State): () => State {
  const { now, authenticate, guests, ...records } = state;
  const kept = structuredClone(records);
  return () => ({ ...structuredClone(kept), now, authenticate, guests });
}
