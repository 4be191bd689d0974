import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPort, findFreePort, readPorts, savePort } from '../../src/ssh/local-port.ts';

const { signal } = new AbortController();

test.each([
  ['6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188', 27_373],
  ['00000000-0000-0000-0000-000000000000', 27_815],
  ['', 20_007],
])('defaultPort of server %j is the same on every computer', (id, port) => {
  expect(defaultPort(id)).toBe(port);
});

async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
}

test('findFreePort returns the wanted port if it is free, else the next one', async () => {
  const free = await findFreePort(29_000);
  if (free === undefined) throw new Error('no free port');
  expect(await findFreePort(free)).toBe(free);
  await occupy(free);
  const next = await findFreePort(free);
  expect(next).toBeGreaterThan(free);
});

function newFile(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-ports-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ports.json');
  if (text !== undefined) writeFileSync(file, text);
  return file;
}

test.each([
  ['a missing file', undefined, {}],
  ['a damaged file', '{"a": 2', {}],
  ['a file with invalid ports', '{"a":23157,"b":0,"c":65536,"d":1.5,"e":"1"}', { a: 23_157 }],
])('readPorts of %s', async (_what, text, ports) => {
  expect(await readPorts(newFile(text))).toEqual(ports);
});

test('savePort does not save the default port of a notebook', async () => {
  const file = newFile('{}');
  await savePort(file, 'a', defaultPort('a'), signal);
  expect(readFileSync(file, 'utf8')).toBe('{}');
});

test('savePort replaces a saved port by the default port', async () => {
  const file = newFile('{"a":23157}');
  await savePort(file, 'a', defaultPort('a'), signal);
  expect(await readPorts(file)).toEqual({ a: defaultPort('a') });
});

test('savePort keeps the last 500 notebooks', async () => {
  const saved = Array.from({ length: 500 }, (_, index) => [`vm-${index}`, 23_000] as const);
  const file = newFile(JSON.stringify(Object.fromEntries(saved)));
  await savePort(file, 'new', 23_001, signal);
  const ports = await readPorts(file);
  expect(Object.keys(ports)).toHaveLength(500);
  expect([ports['vm-0'], ports['vm-1'], ports['new']]).toEqual([undefined, 23_000, 23_001]);
});
