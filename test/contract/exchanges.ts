import type { Release } from '../../src/sandbox/cloud/release.ts';
import { accessRuleExchanges } from './access-rule-exchanges.ts';
import { computeExchanges } from './compute-exchanges.ts';
import { createExchanges } from './create-exchanges.ts';
import { credentialExchanges } from './credential-exchanges.ts';
import type { Exchange } from './exchange.ts';
import { floatingIpExchanges } from './floating-ip-exchanges.ts';
import { imageExchanges } from './image-exchanges.ts';
import { keyPairExchanges } from './key-pair-exchanges.ts';
import { loginExchanges } from './login-exchanges.ts';
import { networkExchanges } from './network-exchanges.ts';
import { policyExchanges } from './policy-exchanges.ts';
import { serverExchanges } from './server-exchanges.ts';
import { serverLifecycleExchanges } from './server-lifecycle-exchanges.ts';
import { tokenExchanges } from './token-exchanges.ts';

/** All OpenStack behaviour that the client relies on. */
const exchanges: readonly Exchange[] = [
  ...loginExchanges,
  ...tokenExchanges,
  ...credentialExchanges,
  ...accessRuleExchanges,
  ...policyExchanges,
  ...computeExchanges,
  ...imageExchanges,
  ...networkExchanges,
  ...floatingIpExchanges,
  ...keyPairExchanges,
  ...createExchanges,
  ...serverLifecycleExchanges,
  ...serverExchanges,
];

/** Those of a release. */
export function exchangesOf(release: Release): readonly Exchange[] {
  return exchanges.filter(({ releases }) => releases?.includes(release) ?? true);
}
