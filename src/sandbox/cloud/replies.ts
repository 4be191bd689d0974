/** A service's reply, which `http.ts` sends. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    text: JSON.stringify(body),
  };
}

/** A reply without a body. Keystone and Neutron omit the content type too. */
export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, text: '' };
}

export function html(status: number, text: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers }, text };
}

export function withHeaders(reply: Reply, headers: Record<string, string>): Reply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

/**
 * An error as webob formats it: JSON for a client that accepts only JSON, HTML otherwise.
 * Used for all of Glance's errors and for those of every service's outer middleware.
 */
export function webob(status: number, title: string, detail: string, accept: string): Reply {
  const code = `${status} ${title}`;
  if (accept.split(',')[0]?.trim() === 'application/json' && !accept.includes('*/*')) {
    return json(status, { message: `${detail}<br /><br />\n\n\n`, code, title });
  }
  const head = ` <head>\n  <title>${code}</title>\n </head>\n`;
  const body = ` <body>\n  <h1>${code}</h1>\n  ${detail}<br /><br />\n\n\n\n </body>\n`;
  return html(status, `<html>\n${head}${body}</html>`);
}

export const notFoundDetail = 'The resource could not be found.';
