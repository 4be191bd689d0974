import type { Reply } from './replies.ts';
import type { CloudRequest } from './requests.ts';

/** One endpoint of a service. */
export interface Route<Extra> {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (
    request: CloudRequest,
    extra: Extra,
    parameters: readonly string[],
  ) => Reply | Promise<Reply>;
}

/** `route('GET', '/v2.1/servers/{id}', show)`: the parts in braces are passed in order, decoded. */
export function route<Extra>(
  method: string,
  path: string,
  handle: Route<Extra>['handle'],
): Route<Extra> {
  const source = path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)');
  return { method, pattern: new RegExp(`^${source}$`), handle };
}

/** The reply of the matching route; `undefined` if none matches. */
export function dispatch<Extra>(
  routes: readonly Route<Extra>[],
  request: CloudRequest,
  extra: Extra,
): Reply | Promise<Reply> | undefined {
  for (const { method, pattern, handle } of routes) {
    const match = method === request.method ? pattern.exec(request.path) : null;
    if (match) return handle(request, extra, match.slice(1).map(decoded));
  }
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
