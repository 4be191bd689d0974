import { expect, test } from 'vitest';
import { parsePolicy, policyWarnings } from '../../src/directory/password-policy.ts';

const none = { problem: undefined, graceLogins: undefined, secondsLeft: undefined };

test.each([
  ['', none],
  ['3000', none],
  ['3003810100', { ...none, problem: 'expired' }],
  ['3003810101', { ...none, problem: 'locked' }],
  ['3003810102', { ...none, problem: 'must-change' }],
  ['3003810107', none],
  ['3005a003810102', { ...none, graceLogins: 2 }],
  ['3006a00480020e10', { ...none, secondsLeft: 3_600 }],
  ['3009a00480020e10810100', { ...none, secondsLeft: 3_600, problem: 'expired' }],
  ['3003a003', none],
])('parsePolicy of the BER value %s', (hex, expected) => {
  expect(parsePolicy(Buffer.from(hex, 'hex'))).toEqual(expected);
});

const day = 86_400;
test.each([
  [none, []],
  [{ ...none, graceLogins: 1 }, ['Your password has expired; 1 more login is allowed.']],
  [{ ...none, graceLogins: 3 }, ['Your password has expired; 3 more logins are allowed.']],
  [{ ...none, secondsLeft: day - 1 }, ['Your password expires within a day.']],
  [{ ...none, secondsLeft: day }, ['Your password expires in 1 day.']],
  [{ ...none, secondsLeft: 3 * day }, ['Your password expires in 3 days.']],
])('policyWarnings of %j', (policy, expected) => {
  expect(policyWarnings(policy)).toEqual(expected);
});
