import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unfinishedCreates } from '../../src/notebooks/journal.ts';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const journal = join(bench.stateFolder, 'journal.ndjson');

interface Row {
  readonly action: string;
  readonly name: string;
  readonly result: string;
  readonly id: string | null;
  readonly requestId: string | null;
}
const rows = async (words = 'history --json'): Promise<Row[]> =>
  JSON.parse((await bench.nb(words)).stdout);

test('history has each action that Nova accepted, with the request id that Nova gave it', async () => {
  await bench.nb('create a');
  for (const words of ['stop a', 'start a', 'restart a', 'delete a --yes']) await bench.nb(words);
  await bench.nb('create b --size nonsense');
  const found = await rows();
  expect(found.map(({ action, name, result }) => `${action} ${name} ${result}`)).toEqual([
    'create a done',
    'stop a accepted',
    'start a accepted',
    'restart a accepted',
    'delete a accepted',
  ]);
  const sent = bench.sandbox.cloud.requests.filter(
    ({ method, service, action, path }) =>
      service === 'Nova' &&
      ((method === 'POST' && path.endsWith('/servers')) ||
        (method === 'DELETE' && path.includes('/servers/')) ||
        ['os-stop', 'os-start', 'reboot'].includes(action ?? '')),
  );
  const accepted = sent.filter(({ status }) => status < 300).map(({ requestId }) => requestId);
  expect(found.map(({ requestId }) => requestId)).toEqual(accepted);
  expect(new Set(found.map(({ id }) => id)).size).toBe(1);
});

test('a create that Nova refuses has the request id of the refusal', async () => {
  bench.sandbox.cloud.faults.next(
    { service: 'Nova', method: 'POST', path: /servers$/ },
    'forbidden',
  );
  const { stderr } = await bench.nb('create a');
  const [row, ...others] = await rows();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ action: 'create', name: 'a', result: 'refused', id: null });
  expect(stderr).toContain(String(row?.requestId));
});

test('history shows the newest, oldest first, without a login and past damaged lines', async () => {
  const line = (more: object) =>
    `${JSON.stringify({ at: '2026-01-01T00:00:00.000Z', project: 'p', owner: 'o', name: 'x', ...more })}\n`;
  await bench.nb('logout');
  writeFileSync(journal, line({ event: 'intended', request: 'r1', name: 'old' }));
  appendFileSync(journal, '{"at":\n[]\n"text"\nnull\n');
  appendFileSync(journal, line({ event: 'told', request: 'r0', name: 'cut' }));
  appendFileSync(journal, line({ event: 'created', request: 'r1', name: 'old', id: 'i' }));
  appendFileSync(journal, line({ event: 'of a later version', id: 'i' }));
  for (let each = 0; each < 60; each += 1) appendFileSync(journal, line({ event: 'stopped' }));
  const all = await rows('history -n 100 --json');
  expect(all).toHaveLength(61);
  expect(all[0]).toMatchObject({ action: 'create', name: 'old', result: 'accepted', id: 'i' });
  expect(await rows()).toHaveLength(50);
  const { stdout } = await bench.nb('history -n 1');
  expect(stdout.replace(/ {2,}/g, ' ')).toBe(
    'AT ACTION NAME RESULT REQUEST\n2026-01-01T00:00:00.000Z stop x accepted -\n',
  );
});

test('history without a journal says so', async () => {
  expect(await bench.nb('history')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Nothing was done on this computer yet.\n',
  });
});

test('an action does not end a create that is unfinished', async () => {
  const entry = { at: '2026-01-01T00:00:00.000Z', project: 'p', owner: 'o', name: 'x' };
  const lines = [
    { ...entry, event: 'requested', request: 'r1', goal: 'ready' },
    { ...entry, event: 'created', request: 'r1', id: 'i' },
    { ...entry, event: 'stopped', id: 'i' },
    { ...entry, event: 'started', name: 'other', id: 'j' },
  ];
  writeFileSync(journal, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect([...(await unfinishedCreates(bench.stateFolder, 'p', 'o')).keys()]).toEqual(['x']);
});
