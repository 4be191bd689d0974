import { unauthorized } from './auth.ts';
import { type Cloud, cloudOf, type Present } from './controls.ts';
import { createFaults, type FaultPlan, type ServiceName } from './faults.ts';
import { glance, glanceFailure, glanceUnauthorized } from './glance/api.ts';
import { type RequestHandler, type RunningService, startService } from './http.ts';
import { hexId } from './ids.ts';
import { keystone } from './keystone/api.ts';
import { keystoneError } from './keystone/errors.ts';
import { neutron } from './neutron/api.ts';
import { neutronError } from './neutron/errors.ts';
import { nova } from './nova/api.ts';
import { novaError } from './nova/errors.ts';
import { advanceServers } from './nova/lifecycle.ts';
import { isForbidden, policyRefusal } from './policy.ts';
import { newestRelease, type Release, traitsOf } from './release.ts';
import type { Reply } from './replies.ts';
import type { CloudRequest } from './requests.ts';
import { addressPool, consoleText, fakeHostKey } from './simulated-vms.ts';
import { defaultFlavors, defaultImages, defaultNetworks } from './site-resources.ts';
import type { State, Timings, Vms } from './state.ts';
import { defaultUsers, projectsOf, type Quota, type User } from './users.ts';

export type { AddedServer } from './add-server.ts';
export type { Cloud, CloudServer } from './controls.ts';

/** What to change of the default sandbox cloud. */
export interface CloudOptions extends Partial<Timings> {
  /** The cloud's clock. States are computed from it at each request. */
  readonly now?: () => Date;
  readonly users?: readonly User[];
  /** Checks passwords of the LDAP domain; returns the canonical name, or `undefined` if refused. */
  readonly authenticate?: (name: string, password: string) => Promise<string | undefined>;
  /** Overrides of the default quota, by project name. */
  readonly quotas?: Readonly<Record<string, Partial<Quota>>>;
  readonly vms?: Partial<Vms>;
  /** The newest by default. */
  readonly release?: Release | undefined;
}

const defaultTimings: Timings = {
  bootMs: 3000,
  stopMs: 1000,
  startMs: 1000,
  deleteMs: 500,
  readyMs: 2000,
  tokenMs: 14_400_000,
};

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
    traits: traitsOf(options.release ?? newestRelease),
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
    vms: { ...simulatedVms(timings), ...options.vms },
    maxListedServers: 1000,
    sendsDates: true,
    catalog: undefined,
    origins: { identity: '', compute: '', image: '', network: '' },
  };
}

function timingsIn(options: CloudOptions): Partial<Timings> {
  const keys = ['bootMs', 'stopMs', 'startMs', 'deleteMs', 'readyMs', 'tokenMs'] as const;
  return Object.fromEntries(
    keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
}

function simulatedVms({ readyMs }: Timings): Vms {
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
        accept: () => handlerOf(present.state, handle),
      }),
    ),
  );
}

function refusal(state: State, request: CloudRequest, status: number): Reply {
  const { service } = request;
  const text =
    status === 403
      ? policyRefusal(state, request)
      : `The sandbox refuses this request (${status}).`;
  if (service === 'Glance') {
    return status === 401
      ? glanceUnauthorized(state, request)
      : glanceFailure(request, status, text);
  }
  if (status === 401) return unauthorized(state);
  if (service === 'Keystone') return keystoneError(status, text);
  return service === 'Nova'
    ? novaError(status, text)
    : neutronError(status, status === 403 ? 'PolicyNotAuthorized' : 'Refusal', text);
}

function handlerOf(state: State, handle: Handler): RequestHandler {
  return {
    sendsDates: state.sendsDates,
    record: (request) => state.requests.push(request),
    async handle(request) {
      advanceServers(state);
      await state.vms.ready?.();
      return isForbidden(state, request) ? refusal(state, request, 403) : handle(state, request);
    },
    refuse: (request, status) => refusal(state, request, status),
  };
}
