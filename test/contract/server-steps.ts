import { minimalServer } from './create-exchanges.ts';
import { jsonReply, novaRefusal, type Step, step, uuid } from './exchange.ts';

export const at = (version: string | null) => ({ headers: { 'openstack-api-version': version } });

export function act(as: string, action: unknown, expect: Step['expect'], more: object = {}): Step {
  return step(as, 'POST compute /servers/{server}/action', expect, { body: action, ...more });
}

export function untilGone(as = 'alice'): Step {
  const gone = novaRefusal(404, 'Instance {server} could not be found.');
  return { ...step(as, 'GET compute /servers/{server}', gone), retry: true };
}

export function untilState(status: string): Step {
  const wanted = jsonReply(200, { 'server.status': status, 'server.OS-EXT-STS:task_state': null });
  return { ...step('alice', 'GET compute /servers/{server}', wanted), retry: true };
}

export function create(as: string, more: object, fields: Step['expect']['fields'] = {}): Step {
  return step(as, 'POST compute /servers', jsonReply(202, { 'server.id': uuid, ...fields }), {
    body: { server: { ...minimalServer, ...more } },
    save: { server: 'server.id' },
  });
}

export const stateConflict = (action: string, rest: string) =>
  novaRefusal(409, `Cannot '${action}' instance {server} while it is in ${rest}`);
