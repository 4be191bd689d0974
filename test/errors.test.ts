import { expect, test } from 'vitest';
import {
  afterColon,
  cancellation,
  capital,
  errorFrom,
  interruption,
  NubesError,
  sentence,
  shortList,
  traceOf,
  unwritable,
  withPosition,
} from '../src/errors.ts';

test.each([
  ['No valid host was found', 'No valid host was found.'],
  ['No valid host was found.', 'No valid host was found.'],
  ['  No valid host was found. \n', 'No valid host was found.'],
  ['No valid host was found .', 'No valid host was found.'],
  ['Cannot open ../images/a.qcow2', 'Cannot open ../images/a.qcow2.'],
  ['Cannot open ../images/a.qcow2.', 'Cannot open ../images/a.qcow2.'],
  ['Build of instance … aborted', 'Build of instance … aborted.'],
  ['Still waiting...', 'Still waiting...'],
  ['Timed out. Try again.', 'Timed out. Try again.'],
  ['', 'it gives no reason.'],
  [' \n', 'it gives no reason.'],
  ['.', 'it gives no reason.'],
  [undefined, 'it gives no reason.'],
])('sentence(%j) is %j', (text, expected) => {
  expect(sentence(text, 'it gives no reason')).toBe(expected);
});

test.each([
  ['', ''],
  ['quota exceeded', 'Quota exceeded'],
  ['Nova failed', 'Nova failed'],
  ['öffnen', 'Öffnen'],
])('capital(%j) is %j', (text, expected) => {
  expect(capital(text)).toBe(expected);
});

test.each([
  ['The quota has room.', 'the quota has room.'],
  ['You have 1 of 1 notebooks.', 'you have 1 of 1 notebooks.'],
  ['Nova failed.', 'Nova failed.'],
  ['Aegean is not a size.', 'Aegean is not a size.'],
])('afterColon(%j) is %j', (text, expected) => {
  expect(afterColon(text)).toBe(expected);
});

test.each([
  [[], ''],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b and 3 more'],
])('shortList of %j with at most two is %j', (texts, expected) => {
  expect(shortList(texts, 2)).toBe(expected);
});

const signal = (reason: 'SIGINT' | 'SIGTERM') => AbortSignal.abort(reason);

test.each([
  ['SIGINT', 'INTERRUPTED', 130, 'Interrupted. Notebooks are left as they are.'],
  ['SIGTERM', 'TERMINATED', 143, 'Terminated. Notebooks are left as they are.'],
] as const)('interruption by %s is %s, exit code %i', (reason, code, exit, message) => {
  expect(interruption(signal(reason))).toMatchObject({ code, exit, message });
  expect(interruption(signal(reason), 'Stopped waiting.', 'nubes-nb wait x')).toMatchObject({
    code,
    message: 'Stopped waiting.',
    hint: 'nubes-nb wait x',
  });
});

test.each([
  ['SIGINT', 'CANCELLED', 130, 'Cancelled.'],
  ['SIGTERM', 'TERMINATED', 143, 'Terminated.'],
] as const)('cancellation by %s is %s, exit code %i', (reason, code, exit, message) => {
  expect(cancellation(signal(reason))).toMatchObject({ code, exit, message });
});

test('errorFrom returns a NubesError unchanged, even after Ctrl-C', () => {
  const error = new NubesError('CONFLICT', 'The server is busy.');
  expect(errorFrom(error, signal('SIGINT'))).toBe(error);
});

test('errorFrom of another error after SIGTERM is TERMINATED', () => {
  expect(errorFrom(new Error('aborted'), signal('SIGTERM')).code).toBe('TERMINATED');
});

test.each([
  ['EACCES', '/x/a cannot be used: permission denied.'],
  ['EROFS', '/x/a cannot be used: the file system is read-only.'],
  ['ENOSPC', '/x/a cannot be used: the disk is full.'],
  ['ENOTDIR', '/x/a cannot be used: a part of the path is not a folder.'],
])('a file operation that the system refuses with %s is not a bug', (code, message) => {
  const refused = Object.assign(new Error(code), { code, path: '/x/a' });
  const { signal: interrupted } = new AbortController();
  expect(errorFrom(refused, interrupted)).toMatchObject({ code: 'CONFIGURATION', message });
});

test.each([
  ['ENOSPC', 'A file cannot be used: the disk is full.'],
  ['EDQUOT', 'A file cannot be used: your disk quota is used up.'],
])('a write to an open file that the system refuses with %s is not a bug', (code, message) => {
  const { signal: interrupted } = new AbortController();
  const refused = Object.assign(new Error(code), { code });
  expect(errorFrom(refused, interrupted)).toMatchObject({ code: 'CONFIGURATION', message });
});

test.each([
  ['ENOSPC', 'the disk is full', 'free space on that disk, or name a folder on another one with V'],
  ['EDQUOT', 'your disk quota is used up', 'free space on that disk, or name a folder on'],
  ['EROFS', 'the file system is read-only', 'make the folder writable, or name another one with V'],
  ['EACCES', 'permission denied', 'make the folder writable, or name another one with V'],
  ['ENOENT', 'its folder does not exist and cannot be made', 'make the folder writable, or'],
  ['EEXIST', 'a file has that name', 'name another one with V'],
  ['EISDIR', 'a folder has that name', 'name another one with V'],
  ['ENAMETOOLONG', 'the name is too long', 'name another one with V'],
  ['ENOTDIR', 'a part of the path is not a folder', 'name another one with V'],
  ['EMLINK', 'EMLINK', 'make the folder writable, or'],
])('unwritable says what %s means and what replaces the folder', (code, reason, hint) => {
  expect(unwritable('/x/a', Object.assign(new Error(), { code }), 'V')).toMatchObject({
    code: 'CONFIGURATION',
    message: `/x/a cannot be written: ${reason}.`,
    hint: expect.stringMatching(new RegExp(`^${hint}`)),
  });
});

test.each([
  [
    'EMFILE',
    'this process has as many open as it may',
    /^ulimit -n \d+, then the same command again$/,
  ],
  ['ENFILE', 'too many are open already', /^end other programs first$/],
])('the limit of open files, %s, says nothing about the file', (code, reason, hint) => {
  const { signal: interrupted } = new AbortController();
  const limit = {
    code: 'CONFIGURATION',
    message: `Cannot open another file: ${reason}.`,
    hint: expect.stringMatching(hint),
  };
  const error = Object.assign(new Error(code), { code, path: '/x/a' });
  expect(errorFrom(error, interrupted)).toMatchObject(limit);
  expect(errorFrom(Object.assign(new Error(code), { code }), interrupted)).toMatchObject(limit);
  expect(unwritable('/x/a', error, 'V')).toMatchObject(limit);
});

test('unwritable returns an error that is not of the system unchanged', () => {
  const bug = new TypeError('x');
  expect(unwritable('/x/a', bug, 'V')).toBe(bug);
});

test.each([
  ['a file that is missing', { code: 'ENOENT', path: '/x/a' }],
  ['a refusal without a path', { code: 'EACCES' }],
])('errorFrom of %s is a BUG', (_, fields) => {
  const { signal: interrupted } = new AbortController();
  expect(errorFrom(Object.assign(new Error(), fields), interrupted).code).toBe('BUG');
});

test('errorFrom of another error is a BUG that keeps it as its cause', () => {
  const cause = new TypeError('x is undefined');
  expect(errorFrom(cause, new AbortController().signal)).toMatchObject({ code: 'BUG', cause });
});

test('withPosition puts the position before the message and keeps the rest', () => {
  const cause = new Error('the parser');
  const error = new NubesError('USAGE', 'No name.', { hint: 'add one', requestId: 'req-1', cause });
  expect(withPosition(error, 'class.yaml, line 3')).toMatchObject({
    code: 'USAGE',
    message: 'class.yaml, line 3: no name.',
    hint: 'add one',
    requestId: 'req-1',
    cause,
  });
});

test('withPosition returns any other error unchanged', () => {
  const error = new Error('disk full');
  expect(withPosition(error, 'line 3')).toBe(error);
});

const bug = new TypeError('x is undefined');
test.each([
  ['a BUG', new NubesError('BUG', 'Bug.', { cause: bug }), bug.stack],
  [
    'a failure caused by a BUG',
    new NubesError('CONFLICT', 'Busy.', { cause: new NubesError('BUG', 'Bug.', { cause: bug }) }),
    bug.stack,
  ],
  ['a BUG caused by a thrown string', new NubesError('BUG', 'Bug.', { cause: 'thrown' }), 'thrown'],
  [
    'a BUG caused by a failure',
    new NubesError('BUG', 'Bug.', { cause: new NubesError('CONFLICT', 'Busy.') }),
    undefined,
  ],
  ['a failure', new NubesError('CONFLICT', 'Busy.'), undefined],
  ['any other error', bug, undefined],
])('traceOf %s', (_what, error, expected) => {
  expect(traceOf(error)).toBe(expected);
});
