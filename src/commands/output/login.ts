import { rfc3339 } from '../../rfc3339.ts';
import { formatExpiry } from '../../session/dates.ts';
import type { Session, StoreKind } from '../../session/session.ts';
import type { SavedSession } from '../../session/state.ts';
import { clean } from '../../terminal/clean.ts';
import { type Report, sentences } from '../../terminal/report.ts';

/** The login as JSON. */
export interface Identity {
  readonly user: Session['user'];
  readonly project: Session['project'];
  readonly roles: readonly string[];
  readonly method: Session['method'];
  readonly store: StoreKind;
  /** RFC 3339; null if the login does not expire. */
  readonly expiresAt: string | null;
  readonly authUrl: string;
}

/** `Logged in as alice, project jupyter-notebooks, until 29 Nov 18:00 (7 days).`, then where the session is. */
export function savedReport(saved: SavedSession, now: Date): Report<Identity> {
  const expiresAt = saved.expiresAt === null ? undefined : new Date(saved.expiresAt);
  return identityReport({ ...saved, expiresAt }, now);
}

export function identityReport(
  session: Omit<Identity, 'expiresAt'> & { readonly expiresAt: Date | undefined },
  now: Date,
): Report<Identity> {
  const { user, project, roles, method, store, authUrl, expiresAt } = session;
  const end = expiresAt === undefined ? 'with no expiry' : `until ${formatExpiry(expiresAt, now)}`;
  return {
    data: {
      user: { id: user.id, name: user.name, domain: user.domain },
      project: { id: project.id, name: project.name },
      roles,
      method,
      store,
      expiresAt: expiresAt === undefined ? null : rfc3339(expiresAt),
      authUrl,
    },
    names: [user.name],
    // Two lines, as one does not fit 80 columns.
    text: () =>
      sentences(
        clean(`Logged in as ${user.name}, project ${project.name}, ${end}.`),
        `Session in the ${storeNames[store]}.`,
      ),
  };
}

const storeNames: Readonly<Record<StoreKind, string>> = {
  keychain: 'keychain',
  file: 'file store',
  env: 'environment',
};
