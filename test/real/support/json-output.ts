import {
  array,
  type InferOutput,
  looseObject,
  nullable,
  number,
  object,
  parse,
  record,
  string,
  unknown,
} from 'valibot';
import type { CommandResult } from './test-user.ts';

/** The fields of a notebook's JSON that scripts rely on. */
const notebookShape = looseObject({
  name: string(),
  owner: string(),
  key: string(),
  id: string(),
  vmName: string(),
  status: string(),
  nova: looseObject({ status: string() }),
  address: nullable(string()),
  url: nullable(string()),
});

export type NotebookReply = InferOutput<typeof notebookShape>;

/** `openstack server show -f json`. */
const serverShape = looseObject({
  id: string(),
  name: string(),
  status: string(),
  key_name: nullable(string()),
  tags: array(string()),
  properties: record(string(), string()),
  addresses: record(string(), array(string())),
});

const credentialShape = looseObject({ ID: string(), Name: string() });
const keyShape = looseObject({ Name: string(), Fingerprint: string() });
const errorShape = looseObject({
  error: looseObject({ code: string(), exit: number(), message: string() }),
});

export function notebookIn(outcome: CommandResult): NotebookReply {
  return parse(notebookShape, JSON.parse(outcome.stdout));
}

export function notebooksIn(outcome: CommandResult): NotebookReply[] {
  return parse(array(notebookShape), JSON.parse(outcome.stdout));
}

export function serverIn(reply: unknown): InferOutput<typeof serverShape> {
  return parse(serverShape, reply);
}

/** `openstack server list -f json`. */
export function serversIn(reply: unknown): { readonly ID: string; readonly Name: string }[] {
  return parse(array(object({ ID: string(), Name: string() })), reply);
}

export function credentialsIn(reply: unknown): InferOutput<typeof credentialShape>[] {
  return parse(array(credentialShape), reply);
}

export function keysIn(reply: unknown): InferOutput<typeof keyShape>[] {
  return parse(array(keyShape), reply);
}

export function rowsIn(reply: unknown): unknown[] {
  return parse(array(unknown()), reply);
}

/** The JSON error on stderr. */
export function errorIn(outcome: CommandResult): InferOutput<typeof errorShape>['error'] {
  const line = outcome.stderr.split('\n').find((each) => each.startsWith('{"error"'));
  if (line === undefined) throw new Error(`no error line in: ${outcome.stderr}`);
  return parse(errorShape, JSON.parse(line)).error;
}
