import type { Extent } from '../../../openstack/compute/server-ids.ts';
import type { AnyNotebook } from '../list.ts';

/** Something that this program made and that belongs to nothing any more. */
export interface Orphan {
  readonly kind:
    | 'vm'
    | 'port'
    | 'floating ip'
    | 'security group'
    | 'key pair'
    | 'application credential';
  /** Of a key pair, which has none, the fingerprint. */
  readonly id: string;
  readonly name: string | null;
  /** The project's name, or its id if Keystone does not say it; key pairs belong to no project. */
  readonly project: string | null;
  /** The user's name, or id, where it belongs to a user. */
  readonly user: string | null;
  /** A clause without a full stop. */
  readonly why: string;
  /** The command of the official client that removes it. */
  readonly remove: string;
}

/** Among which notebooks is looked. */
export interface Scope {
  readonly notebooks: readonly AnyNotebook[];
  readonly extent: Extent;
}

/** What was found, and what could not be looked at; the latter as clauses. */
export interface Findings {
  readonly orphans: readonly Orphan[];
  readonly skipped: readonly string[];
}
