import { json, type Reply } from '../replies.ts';

const kinds: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
  413: 'overLimit',
  501: 'notImplemented',
};

export function novaError(code: number, message: string): Reply {
  return json(
    code,
    { [kinds[code] ?? 'computeFault']: { code, message } },
    { 'Content-Type': 'application/json; charset=UTF-8' },
  );
}

export function badRequest(message: string): Reply {
  return novaError(400, message);
}

export const malformedBody = (): Reply => badRequest('Malformed request body');

/** Nova's schema errors contain the value as Python prints it. */
export function invalidField(field: string, value: unknown, problem: string): Reply {
  const shown = typeof value === 'string' ? value : pythonText(value);
  return badRequest(`Invalid input for field/attribute ${field}. Value: ${shown}. ${problem}`);
}

export function notAnObject(field: string, value: unknown): Reply {
  return invalidField(field, value, `${pythonText(value)} is not of type 'object'`);
}

export function invalidQuery(parameter: string, value: string, problem: string): Reply {
  return badRequest(`Invalid input for query parameters ${parameter}. Value: ${value}. ${problem}`);
}

export function instanceNotFound(id: string): Reply {
  return novaError(404, `Instance ${id} could not be found.`);
}

export function conflict(message: string): Reply {
  return novaError(409, message);
}

export function policyForbids(rule: string): Reply {
  return novaError(403, `Policy doesn't allow ${rule} to be performed.`);
}

/** Python's `repr()` of a JSON value. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return pythonString(value);
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).map(([key, one]) => `${pythonText(key)}: ${pythonText(one)}`);
  return `{${pairs.join(', ')}}`;
}

function pythonString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`;
}
