import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { createAndConnectTests } from './vm/create-and-connect.ts';
import { directAccessTests } from './vm/direct-access.ts';
import { executableTests } from './vm/executable.ts';
import { createVmFixture } from './vm/fixture.ts';
import { guestTests } from './vm/guest.ts';
import { idleAndDeleteTests, restartAndRenewalTests } from './vm/lifecycle.ts';
import { otherVmTests } from './vm/other-vms.ts';
import { tokenSecrecyTests } from './vm/token-secrecy.ts';

/** The tests run in order on one notebook; each depends on those before. No other test uses frank. */
describe('a notebook on a real VM', () => {
  const fixture = createVmFixture('frank');
  beforeAll(fixture.setUp);
  afterAll(fixture.cleanUp);
  beforeEach(() => {
    fixture.remainingMs();
  });

  createAndConnectTests(fixture);
  tokenSecrecyTests(fixture);
  guestTests(fixture);
  restartAndRenewalTests(fixture);
  executableTests(fixture);
  otherVmTests(fixture);
  directAccessTests(fixture);
  idleAndDeleteTests(fixture);
});
