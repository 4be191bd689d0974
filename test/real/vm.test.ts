import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { reaching } from './vm/create-and-connect.ts';
import { direct } from './vm/direct-access.ts';
import { stageOf } from './vm/fixture.ts';
import { ending, lasting } from './vm/lifecycle.ts';
import { meanwhile } from './vm/other-vms.ts';
import { secrecy } from './vm/token-secrecy.ts';

/** One story: each fact finds the notebook as the one before has left it. frank is in no other. */
describe('a notebook on a real VM', () => {
  const stage = stageOf('frank');
  beforeAll(stage.enter);
  afterAll(stage.leave);
  beforeEach(() => {
    stage.left();
  });

  reaching(stage);
  secrecy(stage);
  lasting(stage);
  meanwhile(stage);
  direct(stage);
  ending(stage);
});
