/** What a service answers; `http.ts` writes it to the wire. */
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

/** No body at all; Keystone and Neutron leave the content type out as well. */
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
 * An error as webob writes it: JSON for a client that accepts nothing but JSON, HTML otherwise.
 * Glance answers all its errors so, and every service those of its outer layers.
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
