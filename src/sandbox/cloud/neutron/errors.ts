import { json, type Reply } from '../replies.ts';

export function neutronError(status: number, type: string, message: string): Reply {
  return json(status, { NeutronError: { type, message, detail: '' } });
}

export function overQuota(resource: string): Reply {
  return neutronError(409, 'OverQuota', `Quota exceeded for resources: ['${resource}'].`);
}

export function disallowed(rule: string): Reply {
  return neutronError(403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`);
}
