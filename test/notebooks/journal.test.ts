import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCreateJournal } from '../../src/notebooks/create/surviving.ts';
import {
  awaitedRequests,
  createRecords,
  openJournal,
  recordCompleted,
  recordRemoved,
  recordReported,
  unfinishedCreates,
} from '../../src/notebooks/journal.ts';
import { serverWith } from '../support/server.ts';

let stateFolder: string;
beforeEach(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'nubes-nb-journal-'));
});
afterEach(() => rmSync(stateFolder, { recursive: true }));

const server = serverWith();
const place = {
  project: { id: 'project-id', name: 'jupyter-notebooks' },
  owner: { id: 'alice-id', name: 'alice' },
};
const at = '2026-11-01T12:00:00.000Z';

type Line = Readonly<Record<string, string | undefined>>;

function write(...lines: readonly Line[]): void {
  const whole = lines.map((line) => ({
    at,
    request: 'request-a',
    name: 'a',
    project: 'project-id',
    owner: 'alice',
    goal: 'ready',
    ...line,
  }));
  const text = whole.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(stateFolder, 'journal.ndjson'), text);
}

const { id } = server;
const stateOf = async () => (await readCreateJournal({ ...place, stateFolder })).stateOf(server);

test.each<[string, string, readonly Line[]]>([
  ['an empty journal', 'none', []],
  ['a request', 'unfinished', [{ event: 'requested' }]],
  ['a created server', 'unfinished', [{ event: 'requested' }, { event: 'created', id }]],
  ['a lost response', 'unfinished', [{ event: 'requested' }, { event: 'unknown' }]],
  [
    'another server of the request',
    'repeated',
    [{ event: 'requested' }, { event: 'created', id: 'b' }],
  ],
  ['a refused request', 'none', [{ event: 'requested' }, { event: 'refused' }]],
  ['a reported server', 'reported', [{ event: 'requested' }, { event: 'reported', id }]],
  ['a completed wait', 'reported', [{ event: 'requested' }, { event: 'completed', id }]],
  ['a removed duplicate', 'removed', [{ event: 'requested' }, { event: 'removed-duplicate', id }]],
  [
    'another server of the request, removed',
    'unfinished',
    [{ event: 'requested' }, { event: 'removed-duplicate', id: 'b' }],
  ],
  [
    'another server of the request, reported',
    'repeated',
    [{ event: 'requested' }, { event: 'reported', id: 'b' }],
  ],
  ['a request of another user', 'none', [{ event: 'requested', owner: 'bob' }]],
  ['a request in another project', 'none', [{ event: 'requested', project: 'other' }]],
  ['a request without a goal', 'none', [{ event: 'requested', goal: undefined }]],
  ['another request', 'none', [{ event: 'requested', request: 'other' }]],
])('the journal of %s makes a server %s', async (_what, state, lines) => {
  write(...lines);
  expect(await stateOf()).toBe(state);
});

test('a pinned host key makes a server of an unfinished create reported', async () => {
  write({ event: 'requested' }, { event: 'created', id });
  writeFileSync(join(stateFolder, 'known_hosts'), `nubes-nb-${id} ssh-ed25519 AAAA console\n`);
  expect(await stateOf()).toBe('reported');
});

test.each<[string, string, readonly Line[]]>([
  ['intended', 'unfinished', [{ event: 'intended' }]],
  ['told', 'reported', [{ event: 'intended' }, { event: 'told', id }]],
  ['waited', 'reported', [{ event: 'intended' }, { event: 'waited', id }]],
  ['removed-twin', 'removed', [{ event: 'intended' }, { event: 'removed-twin', id }]],
])('the old spelling %s is still read', async (_word, state, lines) => {
  write(...lines);
  expect(await stateOf()).toBe(state);
});

test('old and new spellings give the same unfinished and awaited creates', async () => {
  const read = async () => ({
    unfinished: await unfinishedCreates(stateFolder, 'project-id', 'alice'),
    awaited: awaitedRequests(stateFolder, new Set()),
  });
  const words = [
    ['intended', 'requested'],
    ['told', 'reported'],
    ['waited', 'completed'],
  ];
  for (const [old, current] of words) {
    write({ event: 'intended' }, { event: old, id });
    const before = await read();
    write({ event: 'requested' }, { event: current, id });
    expect(await read()).toEqual(before);
  }
});

test.each<[string, boolean, readonly Line[]]>([
  ['requested', true, [{ event: 'requested' }]],
  ['created', true, [{ event: 'requested' }, { event: 'created', id }]],
  ['unknown', true, [{ event: 'requested' }, { event: 'unknown' }]],
  ['refused', false, [{ event: 'requested' }, { event: 'refused' }]],
  ['reported', false, [{ event: 'requested' }, { event: 'reported', id }]],
  ['completed', false, [{ event: 'requested' }, { event: 'completed', id }]],
])('a create whose last event is %s is unfinished: %s', async (_word, isUnfinished, lines) => {
  write(...lines);
  const found = await unfinishedCreates(stateFolder, 'project-id', 'alice');
  expect(found.has('a')).toBe(isUnfinished);
});

test('the journal stores what a create waits for as goal, and reads it', async () => {
  const journal = openJournal({ ...place, stateFolder, world: { now: () => new Date(at) } });
  await journal({ event: 'requested', request: 'new', name: 'a', until: 'ready' });
  await journal({ event: 'requested', request: 'other', name: 'b', until: 'running' });
  const file = join(stateFolder, 'journal.ndjson');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('"goal":"ready"');
  expect(text).not.toContain('until');
  write({ event: 'requested', request: 'old', goal: 'ready' });
  appendFileSync(file, text);
  expect(awaitedRequests(stateFolder, new Set())).toEqual(new Set(['old', 'new']));
});

test('entries of parallel creates keep their order, and the next question reads them', async () => {
  const journal = openJournal({ ...place, stateFolder, world: { now: () => new Date(at) } });
  const create = async (name: string) => {
    await journal({ event: 'requested', request: name, name, until: 'ready' });
    await journal({ event: 'created', request: name, name, id: `id-${name}` });
    return createRecords(stateFolder, 'project-id', 'alice').get(name);
  };
  const names = ['a', 'b', 'c', 'd'];
  expect(await Promise.all(names.map(create))).toEqual(
    names.map((name) => ({ id: `id-${name}`, isReported: false, isRemoved: false })),
  );
});

test('the journal spells its events in the new words, and skips a line that was cut short', async () => {
  const journal = openJournal({ ...place, stateFolder, world: { now: () => new Date(at) } });
  await journal({ event: 'requested', request: 'request-a', name: 'a', until: 'ready' });
  await recordReported(journal, { name: 'a', id, request: 'request-a' });
  await recordCompleted(journal, server);
  await recordRemoved(journal, { name: 'a', id, request: 'request-a' });
  const file = join(stateFolder, 'journal.ndjson');
  const text = readFileSync(file, 'utf8');
  expect([...text.matchAll(/"event":"([^"]+)"/g)].map(([, event]) => event)).toEqual([
    'requested',
    'reported',
    'completed',
    'removed-duplicate',
  ]);
  write({ event: 'requested' });
  writeFileSync(file, `{"event":"requ\n${readFileSync(file, 'utf8')}`);
  expect(createRecords(stateFolder, 'project-id', 'alice').get('request-a')).toEqual({
    id: undefined,
    isReported: false,
    isRemoved: false,
  });
});
