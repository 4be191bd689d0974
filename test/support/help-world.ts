import { PassThrough } from 'node:stream';
import type { World } from '../../src/world.ts';

/** A world for help texts: no files, no input, 80 columns. */
export function helpWorld(): { readonly world: World; readonly written: () => string } {
  const chunks: Buffer[] = [];
  const stdout = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
  const world: World = {
    environment: {},
    home: '/home/ada',
    cwd: '/home/ada',
    platform: 'linux',
    architecture: 'x64',
    nodeVersion: '20.19.0',
    userId: process.geteuid?.(),
    hostname: 'laptop',
    self: {
      command: ['/usr/bin/node', '/opt/nubes-nb/bin/nubes-nb.js'],
      keychainCommand: ['/usr/bin/node', '/opt/nubes-nb/dist/keychain-main.js'],
      root: '/opt/nubes-nb',
      pid: 1,
    },
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    now: () => new Date(0),
    sleep: async () => {},
    random: () => 0.5,
    interrupted: new AbortController().signal,
    passSignals: () => () => {},
  };
  return { world, written: () => Buffer.concat(chunks).toString() };
}
