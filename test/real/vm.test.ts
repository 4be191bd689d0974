import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { direct } from './vm/direct.ts';
import { ending, lasting } from './vm/lasting.ts';
import { meanwhile } from './vm/meanwhile.ts';
import { reaching } from './vm/reaching.ts';
import { secrecy } from './vm/secrecy.ts';
import { stageOf } from './vm/stage.ts';

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
