import { empty, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { Timings } from '../state.ts';
import {
  findServer,
  hostRefusal,
  lockRefusal,
  type NovaCall,
  recordAction,
  stateRefusal,
} from './call.ts';
import { consoleOutput, refuseConsoleRequest } from './console-output.ts';
import {
  badRequest,
  instanceNotFound,
  invalidField,
  malformedBody,
  notAnObject,
  novaError,
  policyForbids,
  pythonText,
} from './errors.ts';
import { startTransition } from './lifecycle.ts';
import type { PendingTransition, ServerRecord, VmState } from './server-record.ts';

/** `POST /servers/{id}/action`: exactly one action per request. */
export function actOnServer(
  request: CloudRequest,
  call: NovaCall,
  [id = '']: readonly string[],
): Reply {
  const [action, ...more] = Object.entries(objectBody(request) ?? {});
  if (!action || more.length > 0) return malformedBody();
  const [name, details] = action;
  const act = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!act) return badRequest(`There is no such action: ${name}`);
  const malformed = act.refuse?.(details);
  if (malformed) return malformed;
  const server = findServer(call, id);
  if (!server) return serverMissing(call, id);
  return act.perform(server, request, call, details);
}

/** For an id that never existed, Nova's message differs from that for a deleted server. */
function serverMissing({ state }: NovaCall, id: string): Reply {
  if (state.servers.has(id)) return instanceNotFound(id);
  return novaError(404, `Instance ${id} has no mapping to a cell.`);
}

interface Action {
  readonly refuse?: (details: unknown) => Reply | undefined;
  readonly perform: (
    server: ServerRecord,
    request: CloudRequest,
    call: NovaCall,
    details: unknown,
  ) => Reply;
}

const accepted = empty(202, { 'Content-Type': 'application/json' });

interface TransitionSpec {
  /** The name in Nova's messages and in os-instance-actions. */
  readonly name: string;
  readonly from: readonly VmState[];
  readonly goal: PendingTransition['goal'];
  readonly task: string;
  readonly timing: keyof Timings;
  /** Whether Nova checks for a host before it checks the state. */
  readonly needsHost: boolean;
}

function transitionAction(spec: TransitionSpec): Action {
  return {
    perform(server, request, call) {
      const refusal =
        lockRefusal(server, call) ??
        (spec.needsHost ? hostRefusal(server) : undefined) ??
        stateRefusal(server, spec.name, spec.from);
      if (refusal) return refusal;
      startTransition(server, spec.goal, spec.task, call.state.timings[spec.timing], {
        at: request.at,
        tokenId: call.auth.token.id,
      });
      recordAction(server, request, call, spec.name);
      call.state.vms.onChange?.(server);
      return accepted;
    },
  };
}

/** An action that takes effect at once. */
function immediateAction(
  name: string,
  from: readonly VmState[],
  vmState: VmState,
  powerState: 1 | 3 | 4,
): Action {
  return {
    perform(server, request, call) {
      const refusal = lockRefusal(server, call) ?? stateRefusal(server, name, from);
      if (refusal) return refusal;
      server.vmState = vmState;
      server.powerState = powerState;
      server.updated = request.at;
      recordAction(server, request, call, name);
      call.state.vms.onChange?.(server);
      return accepted;
    },
  };
}

const softReboot = transitionAction({
  name: 'reboot',
  from: ['active'],
  goal: 'reboot',
  task: 'reboot_started',
  timing: 'startMs',
  needsHost: false,
});

const hardReboot = transitionAction({
  name: 'reboot',
  from: ['active', 'stopped', 'paused', 'suspended', 'error'],
  goal: 'reboot',
  task: 'rebooting_hard',
  timing: 'startMs',
  needsHost: false,
});

const rebootTypes = ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'];

const reboot: Action = {
  refuse(details) {
    const wanted = asObject(details);
    if (!wanted) return notAnObject('reboot', details);
    const type = wanted['type'];
    if (type === undefined) {
      return invalidField('reboot', details, "'type' is a required property");
    }
    if (rebootTypes.includes(String(type))) return undefined;
    const one = `${pythonText(type)} is not one of ${pythonText(rebootTypes)}`;
    return invalidField('type', type, one);
  },
  perform(server, request, call, details) {
    const hard = String(asObject(details)?.['type']).toUpperCase() === 'HARD';
    return (hard ? hardReboot : softReboot).perform(server, request, call, details);
  },
};

const lock: Action = {
  perform(server, request, call, details) {
    const reason = asObject(details)?.['locked_reason'];
    server.locked = true;
    server.lockedReason = typeof reason === 'string' ? reason : null;
    server.updated = request.at;
    recordAction(server, request, call, 'lock');
    return accepted;
  },
};

const unlock: Action = {
  perform(server, request, call) {
    server.locked = false;
    server.lockedReason = null;
    server.updated = request.at;
    recordAction(server, request, call, 'unlock');
    return accepted;
  },
};

function adminOnly(rule: string): Action {
  return { perform: () => policyForbids(rule) };
}

const unshelveTransition = transitionAction({
  name: 'unshelve',
  from: ['shelved_offloaded'],
  goal: 'unshelve',
  task: 'unshelving',
  timing: 'startMs',
  needsHost: false,
});

const unshelve: Action = {
  refuse(details) {
    const wanted = asObject(details);
    if (!wanted || Object.keys(wanted).length > 0) return undefined;
    return invalidField('unshelve', details, "'availability_zone' is a required property");
  },
  perform: unshelveTransition.perform,
};

const shelvable: readonly VmState[] = ['active', 'stopped', 'paused', 'suspended'];

const transitions: readonly [
  string,
  TransitionSpec['name'],
  TransitionSpec['from'],
  TransitionSpec['goal'],
  string,
  keyof Timings,
][] = [
  ['os-stop', 'stop', ['active', 'error'], 'stop', 'powering-off', 'stopMs'],
  ['os-start', 'start', ['stopped'], 'start', 'powering-on', 'startMs'],
  ['shelve', 'shelve', shelvable, 'shelve', 'shelving', 'stopMs'],
];

const actions: Readonly<Record<string, Action>> = {
  ...Object.fromEntries(
    transitions.map(([key, name, from, goal, task, timing]) => [
      key,
      transitionAction({ name, from, goal, task, timing, needsHost: key.startsWith('os-') }),
    ]),
  ),
  unshelve,
  reboot,
  lock,
  unlock,
  'os-getConsoleOutput': { refuse: refuseConsoleRequest, perform: consoleOutput },
  pause: immediateAction('pause', ['active'], 'paused', 3),
  unpause: immediateAction('unpause', ['paused'], 'active', 1),
  suspend: immediateAction('suspend', ['active'], 'suspended', 4),
  resume: immediateAction('resume', ['suspended'], 'active', 1),
  migrate: adminOnly('os_compute_api:os-migrate-server:migrate'),
  'os-migrateLive': adminOnly('os_compute_api:os-migrate-server:migrate_live'),
  'os-resetState': adminOnly('os_compute_api:os-admin-actions:reset_state'),
  evacuate: adminOnly('os_compute_api:os-evacuate'),
};
