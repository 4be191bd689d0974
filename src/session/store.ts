import type { SessionDependencies } from './dependencies.ts';
import type { SecretStore, StoreKind } from './session.ts';

/** The store of a kind; its module is loaded only when it is used. */
export async function openStore(
  { world, places, info }: Pick<SessionDependencies, 'world' | 'places' | 'info'>,
  kind: Exclude<StoreKind, 'env'>,
): Promise<SecretStore> {
  if (kind === 'file') {
    const { openSecretFile } = await import('./secret-file.ts');
    return openSecretFile(world, places.state);
  }
  const { openKeychain } = await import('./keychain/store.ts');
  return openKeychain(world, {
    onWaiting: () =>
      info?.('Waiting for the keychain; it may be showing a dialog on the desktop...'),
  });
}
