/** Services quote the input that they refuse, so a password may be part of their text. */
export function redact(text: string, secrets: readonly string[]): string {
  let redacted = text;
  for (const secret of secrets) {
    for (const encoded of [secret, JSON.stringify(secret).slice(1, -1), encodeURI(secret)]) {
      if (secret.length < 6 && redacted.includes(encoded)) return '';
      redacted = redacted.replaceAll(encoded, '***');
    }
  }
  return redacted;
}

const secretNames = new Set(['password', 'secret', 'adminPass']);

/** The tokens in headers, and the passwords and secrets in a request body. */
export function secretsIn(headers: Readonly<Record<string, string>>, body: unknown): string[] {
  const tokens = Object.entries(headers)
    .filter(([name]) => /^x-(auth|subject)-token$/i.test(name))
    .map(([, token]) => token);
  return [...tokens, ...secretsInBody(body)].filter((secret) => secret !== '');
}

function secretsInBody(value: unknown, name = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretsInBody(item, name));
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([key, child]) =>
      secretsInBody(child, name === 'token' && key === 'id' ? 'secret' : key),
    );
  }
  return typeof value === 'string' && secretNames.has(name) ? [value] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
