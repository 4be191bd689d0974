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
  // 389 Directory Server 2.3.1 and 3.3.1.
  ['308400000003810100', { ...none, problem: 'expired' }],
  ['308400000003810101', { ...none, problem: 'locked' }],
  ['30840000000ca08400000003800100810102', { ...none, secondsLeft: 0, problem: 'must-change' }],
  ['30840000000ba084000000058003015180', { ...none, secondsLeft: 86_400 }],
  // Other lengths and orders that BER permits.
  ['308103810101', { ...none, problem: 'locked' }],
  ['30820003810101', { ...none, problem: 'locked' }],
  ['3008810101a003810102', { ...none, graceLogins: 2, problem: 'locked' }],
  ['3006820105810102', { ...none, problem: 'must-change' }],
  ['30840000ffff810101', none],
  ['3080810101', none],
  ['30028100', none],
  ['3003810101ffff', { ...none, problem: 'locked' }],
  ['3009a00780050102030405', none],
  ['deadbeef', none],
  ['3103810101', none],
  // A warning of another kind, and a primitive element with the number of a warning.
  ['3005a003820102', none],
  ['30088003810102810101', { ...none, problem: 'locked' }],
  // Cut short inside, after what can be read.
  ['3004a0028004', none],
  ['3007a0038101028101', none],
])('parsePolicy of the BER value %s', (hex, expected) => {
  expect(parsePolicy(Buffer.from(hex, 'hex'))).toEqual(expected);
});

const day = 86_400;
test.each([
  [none, []],
  [
    { ...none, graceLogins: 0 },
    ['Your password has expired, and this was the last login with it.'],
  ],
  // Of a server that breaks the rules.
  [
    { ...none, graceLogins: -1 },
    ['Your password has expired, and this was the last login with it.'],
  ],
  [{ ...none, graceLogins: 1 }, ['Your password has expired; 1 more login is allowed.']],
  [{ ...none, graceLogins: 3 }, ['Your password has expired; 3 more logins are allowed.']],
  [{ ...none, secondsLeft: 0 }, ['Your password expires within a day.']],
  [{ ...none, secondsLeft: day - 1 }, ['Your password expires within a day.']],
  [{ ...none, secondsLeft: day }, ['Your password expires in 1 day.']],
  [{ ...none, secondsLeft: 3 * day }, ['Your password expires in 3 days.']],
])('policyWarnings of %j', (policy, expected) => {
  expect(policyWarnings(policy)).toEqual(expected);
});
