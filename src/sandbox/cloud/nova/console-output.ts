import { json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest } from '../requests.ts';
import { hostRefusal, type NovaCall } from './call.ts';
import { invalidField, notAnObject, pythonText } from './errors.ts';
import type { ServerRecord } from './server-record.ts';

/** Nova's 400 for malformed details of `os-getConsoleOutput`. */
export function refuseConsoleRequest(details: unknown): Reply | undefined {
  const wanted = asObject(details);
  if (!wanted) return notAnObject('os-getConsoleOutput', details);
  const length = wanted['length'];
  if (length === undefined || length === null || /^-?[0-9]+$/.test(String(length))) {
    return undefined;
  }
  const problem = `${pythonText(length)} does not match '^-?[0-9]+$'`;
  return invalidField('length', length, problem);
}

export function consoleOutput(
  server: ServerRecord,
  request: CloudRequest,
  { state }: NovaCall,
  details: unknown,
): Reply {
  const refusal = hostRefusal(server);
  if (refusal) return refusal;
  const appended = state.consoleOutput.get(server.id) ?? '';
  const text = `${state.vms.console(server, request.at)}${appended}`;
  return json(200, { output: lastLines(text, asObject(details)?.['length']) });
}

/** The last `length` lines; all lines without a length or with -1. */
function lastLines(text: string, length: unknown): string {
  const count = length === undefined || length === null ? -1 : Number(length);
  if (count < 0) return text;
  if (count === 0) return '';
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.slice(-count).join('\n');
}
