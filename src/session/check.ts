import { NubesError } from '../errors.ts';
import type { Http } from '../openstack/service.ts';
import type { Session } from './session.ts';

/**
 * Asks Keystone whether the session still holds: a credential must give a new token, a token must
 * still be known. Throws SESSION_EXPIRED when it does not.
 */
export async function checkSession(
  http: Http,
  { authUrl, method, tokens }: Pick<Session, 'authUrl' | 'method' | 'tokens'>,
): Promise<void> {
  const token = await tokens.current();
  if (method === 'application_credential') {
    await tokens.renew(token);
    return;
  }
  const { isRefusal, keystone } = await import('./services.ts');
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  try {
    await keystone(http, authUrl).get('/auth/tokens', {}, headers);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new NubesError('SESSION_EXPIRED', 'The login was revoked or has expired.', {
      hint: 'nubes-nb login',
      requestId: error.requestId,
    });
  }
}
