import { json, type Reply } from '../replies.ts';

export { unauthorized } from '../auth.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};

export function keystoneError(code: number, message: string): Reply {
  return json(code, { error: { code, message, title: titles[code] ?? 'Error' } });
}

/** A 400 with the sentences that Keystone appends for malformed requests. */
export function malformed(what: string): Reply {
  return keystoneError(
    400,
    `${what} The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
  );
}

export function expecting(what: string, where: string): Reply {
  return malformed(`Expecting to find ${what} in ${where}.`);
}

export function forbidden(action: string): Reply {
  return keystoneError(403, `You are not authorized to perform the requested action: ${action}.`);
}

export function notFound(what: string, id: string): Reply {
  return keystoneError(404, `Could not find ${what}: ${id}.`);
}

export const unknownToken = (): Reply => keystoneError(404, 'Could not recognize Fernet token');

/** Of a credential with access rules, for a client that does not say that it knows them. */
export const unvalidatedToken = (): Reply => keystoneError(404, 'Failed to validate token');
