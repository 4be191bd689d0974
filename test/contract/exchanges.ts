import { catalogueExchanges, networkExchanges } from './catalogue-exchanges.ts';
import { createExchanges } from './create-exchanges.ts';
import { credentialExchanges } from './credential-exchanges.ts';
import type { Exchange } from './exchange.ts';
import { loginExchanges } from './identity-exchanges.ts';
import { keyPairExchanges, serverExchanges } from './server-exchanges.ts';

/** Everything of OpenStack that the client relies on. */
export const exchanges: readonly Exchange[] = [
  ...loginExchanges,
  ...credentialExchanges,
  ...catalogueExchanges,
  ...networkExchanges,
  ...keyPairExchanges,
  ...createExchanges,
  ...serverExchanges,
];
