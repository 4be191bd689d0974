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

test('the fault "No valid host was found." means that the cloud has no capacity', () => {
  const error = inErrorState(withFault('No valid host was found.'));
  expect(error).toMatchObject({
    code: 'NO_CAPACITY',
    message: 'The cloud has no room for a now: No valid host was found.',
  });
});
