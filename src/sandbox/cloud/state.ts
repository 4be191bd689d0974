import type { FloatingIp, SecurityGroup } from './neutron/resources.ts';
import type { ServerRecord } from './nova/server-record.ts';
import type { RecordedRequest } from './requests.ts';
import type { Flavor, Image, Network } from './site-resources.ts';
import type { Project, User } from './users.ts';

/** A token that Keystone has given out. */
export interface Token {
  readonly id: string;
  readonly userId: string;
  readonly methods: readonly string[];
  readonly projectId: string | undefined;
  readonly roles: readonly string[];
  readonly auditIds: readonly string[];
  readonly issuedAt: Date;
  expiresAt: Date;
  readonly credentialId: string | undefined;
  revoked: boolean;
}

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly userId: string;
  readonly projectId: string | null;
  readonly roles: readonly string[];
  readonly expiresAt: Date | undefined;
  readonly unrestricted: boolean | null;
  readonly secret: string;
}

export interface KeyPair {
  readonly number: number;
  readonly userId: string;
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: Date;
}

/** The milliseconds that the cloud takes for things. */
export interface Timings {
  readonly bootMs: number;
  readonly stopMs: number;
  readonly startMs: number;
  readonly deleteMs: number;
  /** From ACTIVE until Jupyter's marker stands in the console. */
  readonly readyMs: number;
  readonly tokenMs: number;
}

/** Everything the cloud knows. The services change it; nothing in it runs by itself. */
export interface State {
  readonly now: () => Date;
  readonly timings: Timings;
  /** Rules of Nova's policy that this cloud grants to nobody. */
  readonly forbidden: Set<string>;
  readonly authenticate:
    | ((name: string, password: string) => Promise<string | undefined>)
    | undefined;
  readonly users: User[];
  readonly projects: Project[];
  readonly domains: Readonly<Record<string, string>>;
  readonly roles: Map<string, string>;
  readonly tokens: Map<string, Token>;
  readonly credentials: Map<string, ApplicationCredential>;
  /** Secrets given out, for leak tests: tokens, credential secrets, admin passwords. */
  readonly issued: string[];
  readonly keyPairs: KeyPair[];
  readonly flavors: Flavor[];
  readonly images: Image[];
  readonly networks: Network[];
  readonly securityGroups: SecurityGroup[];
  readonly floatingIps: FloatingIp[];
  /** By id, in the order of creation; deleted ones stay. */
  readonly servers: Map<string, ServerRecord>;
  /** What programs on the VMs wrote to their consoles, by server id. */
  readonly consoleOutput: Map<string, string>;
  readonly requests: RecordedRequest[];
  readonly guests: Guests;
  /** Filled when the services listen. */
  origins: Origins;
}

export interface Origins {
  readonly identity: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/** What plays the machines behind the servers: addresses, and what they print. */
export interface Guests {
  /** An IPv4 address of a new server on its network. */
  addressFor(server: Readonly<ServerRecord>): string;
  /** All that the machine has printed until `now`; lines end in a newline. */
  console(server: Readonly<ServerRecord>, now: Date): string;
  /** Waits until the machines there are have been set up, which takes no time of the cloud's clock. */
  ready?(): Promise<void>;
  /** Told after each change of state; states follow from the clock when the cloud is asked something. */
  onChange?(server: Readonly<ServerRecord>): void;
}
