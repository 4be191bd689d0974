import { NubesError } from '../errors.ts';
import type { ApiError } from '../openstack/errors.ts';

export function wrongState(name: string, status: string, done: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} cannot be ${done}: it is in the state ${status}.`, {
    hint: `nubes-nb show ${name} tells more.`,
  });
}

export function lockedInNova(name: string): NubesError {
  return new NubesError('NOT_ALLOWED', `${name} is protected: its VM is locked in Nova.`, {
    hint: 'openstack server unlock takes the lock away, where it is yours.',
  });
}

export function inTheWay(name: string, error: ApiError): NubesError {
  return new NubesError('WRONG_STATE', `Nova refused: ${error.detail}`, {
    hint: `nubes-nb show ${name} tells its state.`,
    requestId: error.requestId,
  });
}

export function stillGoing(name: string, doing: string, verb: string): NubesError {
  return new NubesError('TIMED_OUT', `The time is up: ${name} is still ${doing}.`, {
    hint: `nubes-nb show ${name} looks; nubes-nb ${verb} ${name} goes on waiting.`,
  });
}
