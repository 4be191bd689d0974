import { createHmac } from 'node:crypto';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';

const idVariable = 'NUBES_NB_APPLICATION_CREDENTIAL_ID';
const secretVariable = 'NUBES_NB_APPLICATION_CREDENTIAL_SECRET';

export interface CredentialPair {
  readonly id: string;
  readonly secret: string;
}

/** The application credential in the environment, for CI; undefined if neither variable is set. */
export function credentialInEnvironment({
  environment,
}: Pick<World, 'environment'>): CredentialPair | undefined {
  const id = environment[idVariable] || undefined;
  const secret = environment[secretVariable] || undefined;
  if (id === undefined && secret === undefined) return undefined;
  if (id !== undefined && secret !== undefined) return { id, secret };
  const [present, absent] =
    id === undefined ? [secretVariable, idVariable] : [idVariable, secretVariable];
  throw new NubesError('CONFIGURATION', `${present} is set, but ${absent} is not.`, {
    hint: 'set both, or neither',
  });
}

/** The variables of a credential. */
export function environmentOf({ id, secret }: CredentialPair): World['environment'] {
  return { [idVariable]: id, [secretVariable]: secret };
}

/** The environment without the application credential. */
export function withoutCredential(environment: World['environment']): World['environment'] {
  return { ...environment, [idVariable]: undefined, [secretVariable]: undefined };
}

/** Derived from the credential, as there is no store for a random root secret. */
export function rootSecretOf({ id, secret }: CredentialPair): Buffer {
  return createHmac('sha256', secret).update(`nubes-nb root secret:${id}`).digest();
}
