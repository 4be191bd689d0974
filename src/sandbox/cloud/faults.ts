export type ServiceName = 'Keystone' | 'Nova' | 'Glance' | 'Neutron';

/** The service's own refusals, by their status; none has an effect. */
export const refusals = {
  'bad-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'over-limit': 413,
  'internal-error': 500,
} as const;

/**
 * Faults to inject. `error-after-202`, `quota-after-202` (others use the quota up meanwhile), `bad-gateway-after-create`, `gateway-timeout-after-create`,
 * `list-lag`, `no-package-index` (the new VM cannot reach a package index) and `repeated` (an intermediary
 * sends the request twice and returns the second response) apply to `POST /servers`; `unmarked-delete` (the
 * host overwrites the task state `deleting`, so that the server looks alive until it is gone) to
 * `DELETE /servers/ID`; the others to any request. `reset` closes the connection before the request is handled,
 * `reset-after` afterwards. `silent` never answers. The damage to a reply (`empty`, `not-json`, `other-json`,
 * `truncated-json`, `huge`) comes after the request has had its effect.
 */
export type FaultKind =
  | keyof typeof refusals
  | 'error-after-202'
  | 'quota-after-202'
  | 'bad-gateway-after-create'
  | 'gateway-timeout-after-create'
  | 'html-502'
  | 'html-503'
  | 'reset'
  | 'reset-after'
  | 'slow'
  | 'truncated-json'
  | 'redirect'
  | 'list-lag'
  | 'no-package-index'
  | 'repeated'
  | 'unmarked-delete'
  | 'too-many'
  | 'silent'
  | 'empty'
  | 'not-json'
  | 'other-json'
  | 'huge';

/** Which requests a fault applies to; an omitted property matches every request. */
export interface FaultMatch {
  readonly service?: ServiceName;
  readonly method?: string;
  readonly path?: RegExp;
  /** A server action of Nova, e.g. `os-start`. */
  readonly action?: string;
}

export interface FaultDetails {
  /** How many matching requests come first, without a fault; default: 0. */
  readonly after?: number;
  /** Default: 1. */
  readonly times?: number;
  /** The duration of `slow`, `list-lag` and `unmarked-delete`, and the Retry-After of `too-many`; 0: no Retry-After. */
  readonly ms?: number;
}

/** Injects faults. A request gets at most one fault that replaces or damages its reply. */
export interface Faults {
  /** Injects a fault into the next matching requests, in the order of the calls. */
  next(match: FaultMatch, kind: FaultKind, details?: FaultDetails): void;
  /** Injects a fault into a fraction (0 to 1) of the matching requests, the same ones for the same seed. */
  rate(kind: FaultKind, fraction: number, seed: number, match?: FaultMatch): void;
  clear(): void;
  /** How many faults of `next` have not been injected yet. */
  pending(): number;
}

export interface FaultPlan extends Faults {
  /** The faults for this request, each with its duration in milliseconds. */
  take(request: FaultTarget): ReadonlyMap<FaultKind, number>;
}

/** What decides which faults a request gets. */
export interface FaultTarget {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly action?: string | undefined;
}

interface Armed {
  readonly match: FaultMatch;
  readonly kind: FaultKind;
  readonly ms: number;
  passing: number;
  left: number;
}

interface Rate {
  readonly match: FaultMatch;
  readonly kind: FaultKind;
  readonly fraction: number;
  readonly random: () => number;
}

export function createFaults(): FaultPlan {
  let armed: Armed[] = [];
  let rates: Rate[] = [];
  return {
    next(match, kind, details = {}) {
      const { ms = defaultMs[kind] ?? 0, after: passing = 0, times: left = 1 } = details;
      armed.push({ match, kind, ms, passing, left });
    },
    rate(kind, fraction, seed, match = {}) {
      rates.push({ match, kind, fraction, random: seeded(seed) });
    },
    clear() {
      armed = [];
      rates = [];
    },
    pending: () => armed.reduce((sum, fault) => sum + fault.left, 0),
    take(target) {
      const taken = new Map<FaultKind, number>();
      const isMatch = ({ match }: { match: FaultMatch }) => matches(match, target);
      for (const fault of armed.filter(isMatch)) {
        if (fault.passing > 0) {
          fault.passing -= 1;
          continue;
        }
        if (spoilsReply(fault.kind) ? [...taken.keys()].some(spoilsReply) : taken.has(fault.kind)) {
          continue;
        }
        taken.set(fault.kind, fault.ms);
        fault.left -= 1;
      }
      armed = armed.filter((fault) => fault.left > 0);
      for (const rate of rates.filter(isMatch)) {
        if (rate.random() < rate.fraction) taken.set(rate.kind, defaultMs[rate.kind] ?? 0);
      }
      return taken;
    },
  };
}

/** Whether the fault replaces or damages the reply. Delays and effects on the server combine with any. */
function spoilsReply(kind: FaultKind): boolean {
  return !['slow', 'list-lag', 'error-after-202', 'quota-after-202', 'no-package-index'].includes(
    kind,
  );
}

const defaultMs: Readonly<Partial<Record<FaultKind, number>>> = {
  slow: 1000,
  'list-lag': 2000,
  'unmarked-delete': 10_000,
  'too-many': 1000,
};

function matches(match: FaultMatch, { service, method, path, action }: FaultTarget): boolean {
  if (match.service !== undefined && match.service !== service) return false;
  if (match.method !== undefined && match.method !== method) return false;
  if (match.action !== undefined && match.action !== action) return false;
  return match.path === undefined || match.path.test(path);
}

/** Mulberry32, a small seeded generator. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
