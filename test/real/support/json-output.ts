import {
  array,
  type InferOutput,
  looseObject,
  nullable,
  number,
  parse,
  record,
  string,
  unknown,
} from 'valibot';
import type { Ended } from './test-user.ts';

/** A notebook as the program's JSON shows it: the fields that scripts rely on. */
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

export function notebookIn(ended: Ended): NotebookReply {
  return parse(notebookShape, JSON.parse(ended.stdout));
}

export function notebooksIn(ended: Ended): NotebookReply[] {
  return parse(array(notebookShape), JSON.parse(ended.stdout));
}

export function serverIn(reply: unknown): InferOutput<typeof serverShape> {
  return parse(serverShape, reply);
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

/** The error line that JSON readers get on stderr. */
export function errorIn(ended: Ended): InferOutput<typeof errorShape>['error'] {
  const line = ended.stderr.split('\n').find((each) => each.startsWith('{"error"'));
  if (line === undefined) throw new Error(`no error line in: ${ended.stderr}`);
  return parse(errorShape, JSON.parse(line)).error;
}
