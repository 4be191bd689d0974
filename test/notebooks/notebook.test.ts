import { expect, test } from 'vitest';
import { deletionFailed, existsInError, inErrorState } from '../../src/notebooks/errors.ts';
import { requireOne } from '../../src/notebooks/find.ts';
import { describe } from '../../src/notebooks/notebook.ts';
import { serverWith } from '../support/server.ts';

/** `x` marks a server that is being deleted. */
const serversOf = (text: string) =>
  text.split(' ').flatMap((word) => {
    if (word === '') return [];
    return [serverWith({ id: word.charAt(0), taskState: word.endsWith('x') ? 'deleting' : null })];
  });

test.each([
  ['A', 'A'],
  ['Ax', 'A'],
  ['Ax B', 'B'],
  ['A Bx', 'A'],
  ['Ax B Cx', 'B'],
])('of the servers "%s" of one name, the name means %s', (text, id) => {
  expect(requireOne(serversOf(text), 'a').id).toBe(id);
});

test.each([
  ['', 'NOT_FOUND', 'You have no notebook named a.'],
  ['A B', 'CONFLICT', '2 of your VMs are named a.'],
  ['A B Cx', 'CONFLICT', '2 of your VMs are named a.'],
  ['Ax Bx', 'CONFLICT', '2 of your VMs are named a.'],
])('of the servers "%s" of one name, the name means none: %s', (text, code, message) => {
  expect(() => requireOne(serversOf(text), 'a')).toThrow(
    expect.objectContaining({ code, message }),
  );
});

const withFault = (message: string | undefined) =>
  serverWith({
    status: 'ERROR',
    fault: message === undefined ? null : { code: 500, message, created: null },
  });

test.each([
  [undefined, null],
  ['', null],
  ['  ', null],
  [' Disk full. ', 'Disk full.'],
])('the fault %j of a server is %j in JSON, never an empty text', (message, fault) => {
  expect(describe(withFault(message)).fault).toBe(fault);
});

test.each([
  [undefined, 'Nova gives no reason.'],
  ['', 'Nova gives no reason.'],
  ['  ', 'Nova gives no reason.'],
  ['.', 'Nova gives no reason.'],
  ['Disk full', 'Disk full.'],
  ['Disk full.', 'Disk full.'],
  ['Cannot open ../x', 'Cannot open ../x.'],
  ['Cannot open ../x.', 'Cannot open ../x.'],
])("Nova's fault %j ends a message as %j", (message, sentence) => {
  const server = withFault(message);
  expect(inErrorState(server).message).toBe(`Nova could not build a: ${sentence}`);
  expect(existsInError(server).message).toBe(`a exists in the state error: ${sentence}`);
  expect(deletionFailed(server).message).toBe(`Nova could not delete a: ${sentence}`);
});

const unified = (limits: string) => `Project 0a1b is over a limit for [${limits}]`;

test.each([
  ['No valid host was found. ', 'NO_CAPACITY', 'No valid host was found.'],
  ['Insufficient compute resources: Free memory 512 MB.', 'NO_CAPACITY', /^The cloud has no room/],
  ['No fixed IP addresses available for network: 1f', 'NO_CAPACITY', /^The cloud has no room/],
  [
    'Quota exceeded for instances: Requested 1, but already used 2 of 1 instances',
    'QUOTA_EXCEEDED',
    "Nova accepted a, but then had no quota: 2 of the project's 1 instances are in use (1 more needed).",
  ],
  [
    unified('Resource class:VCPU is over limit of 4 due to current usage 8 and delta 0'),
    'QUOTA_EXCEEDED',
    "Nova accepted a, but then had no quota: 8 of the project's 4 cores are in use.",
  ],
  ['Maximum number of ports exceeded', 'QUOTA_EXCEEDED', /the quota of ports is used up\.$/],
  ['Quota exceeded for snow', 'QUOTA_EXCEEDED', /: Quota exceeded for snow\.$/],
  [
    'Exceeded maximum number of retries. Exhausted all hosts',
    'BUILD_FAILED',
    /^Nova could not build/,
  ],
  ['Build of instance 1f aborted: No space left.', 'BUILD_FAILED', /^Nova could not build/],
])('the fault %j means %s', (fault, code, message) => {
  const error = inErrorState(withFault(fault));
  expect(error).toMatchObject({ code, hint: expect.stringMatching(/^nubes-nb delete a[,;]/) });
  expect(error.message).toMatch(message);
});
