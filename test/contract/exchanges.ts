import { catalogueExchanges } from './catalogue-exchanges.ts';
import { createExchanges } from './create-exchanges.ts';
import { credentialExchanges } from './credential-exchanges.ts';
import type { Exchange } from './exchange.ts';
import { floatingIpExchanges } from './floating-ip-exchanges.ts';
import { loginExchanges } from './identity-exchanges.ts';
import { keyPairExchanges } from './key-pair-exchanges.ts';
import { networkExchanges } from './network-exchanges.ts';
import { serverExchanges } from './server-exchanges.ts';
import { serverLife } from './server-life.ts';
import { tokenExchanges } from './token-exchanges.ts';

/** Everything of OpenStack that the client relies on. */
export const exchanges: readonly Exchange[] = [
  ...loginExchanges,
  ...tokenExchanges,
  ...credentialExchanges,
  ...catalogueExchanges,
  ...networkExchanges,
  ...floatingIpExchanges,
  ...keyPairExchanges,
  ...createExchanges,
  ...serverLife,
  ...serverExchanges,
];
