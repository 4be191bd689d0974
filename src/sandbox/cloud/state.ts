import type { FloatingIp, SecurityGroup } from './neutron/resources.ts';
import type { ServerRecord } from './nova/server-record.ts';
import type { Traits } from './release.ts';
import type { RecordedRequest } from './requests.ts';
import type { Flavor, Image, Network } from './site-resources.ts';
import type { Project, User } from './users.ts';

/** A token that Keystone has issued. */
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
  /** Undefined: all calls are allowed. */
  readonly accessRules: readonly AccessRule[] | undefined;
}

/** A call that an application credential allows. */
export interface AccessRule {
  readonly id: string;
  /** A type of the catalog, such as `compute`. */
  readonly service: string;
  /** `*` and `{name}` stand for a segment, `**` for anything. */
  readonly path: string;
  readonly method: string;
}

export interface KeyPair {
  readonly number: number;
  readonly userId: string;
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: Date;
}

/** How long each operation takes. */
export interface Timings {
  readonly bootMs: number;
  readonly stopMs: number;
  readonly startMs: number;
  readonly deleteMs: number;
  /** From ACTIVE until the ready marker is in the console log. */
  readonly readyMs: number;
  /** The lifetime of a token. */
  readonly tokenMs: number;
}

/** The state of the cloud, changed only by requests and by `advanceServers`. */
export interface State {
  readonly now: () => Date;
  readonly timings: Timings;
  traits: Traits;
  /** Nova policy rules denied to every user. */
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
  /** Issued secrets, for leak tests: tokens, credential secrets, admin passwords. */
  readonly issued: string[];
  readonly keyPairs: KeyPair[];
  readonly flavors: Flavor[];
  readonly images: Image[];
  readonly networks: Network[];
  readonly securityGroups: SecurityGroup[];
  readonly floatingIps: FloatingIp[];
  /** By id, in the order of creation, including deleted servers. */
  readonly servers: Map<string, ServerRecord>;
  /** Text that tests appended to consoles, by server id. */
  readonly consoleOutput: Map<string, string>;
  readonly requests: RecordedRequest[];
  readonly vms: Vms;
  /** Nova's `[api] max_limit`. */
  maxListedServers: number;
  /** Replies have a `Date`; under uWSGI they have none. */
  sendsDates: boolean;
  /** A test's, instead of the usual one. */
  catalog: readonly unknown[] | undefined;
  /** Set once the services listen. */
  origins: Origins;
}

export interface Origins {
  readonly identity: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/** The VMs behind the servers: their addresses and consoles. */
export interface Vms {
  /** The IPv4 address of a server on its network. */
  addressFor(server: Readonly<ServerRecord>): string;
  /** The whole console log at `now`; each line ends in a newline. */
  console(server: Readonly<ServerRecord>, now: Date): string;
  /** Waits until all VMs are set up, which takes no time by the cloud's clock. */
  ready?(): Promise<void>;
  /** Called after each change of a server's state. */
  onChange?(server: Readonly<ServerRecord>): void;
}
