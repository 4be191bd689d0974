import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';
import type { Workbench } from '../support/workbench.ts';
import type { FaultCommand } from './fault-table.ts';

const password = (bench: Workbench) =>
  bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
const login = 'login --username alice --project jupyter-notebooks --password-stdin --json';

export const reading: readonly FaultCommand[] = [
  { words: login, title: 'login', stdin: password },
  { words: 'whoami --json' },
  { words: 'logout --json' },
  { words: 'ls --json' },
  {
    title: 'ls --json, with an expired token',
    words: 'ls --json',
    given: ({ sandbox }) => sandbox.cloud.expireTokens(),
  },
  { words: 'ls --probe --json' },
  { words: 'show on --json' },
  { words: 'show on --probe --json' },
  { words: 'url on --json' },
  { words: 'tunnel on --print --json' },
  { words: 'exec on --json -- true' },
  { words: 'cp on:data.csv . --json' },
  { words: 'ssh-config --json' },
  { words: 'logs on --json' },
  { words: 'wait on --json' },
  { words: 'wait gone --for deleted --json' },
];

export const changing: readonly FaultCommand[] = [
  { words: 'create new --json' },
  { words: 'create new --no-wait --json' },
  {
    title: 'create new --no-wait --json, with a key that Nova does not know',
    words: 'create new --key other --no-wait --json',
    given: ({ home }) =>
      writeFileSync(join(home, 'other.pub'), `${makeKeyPair(ssh2, 'other').public}\n`),
  },
  { words: 'create on --if-exists skip --json' },
  { words: 'create new --access direct --json' },
  { words: 'start off --json' },
  { words: 'stop on --json' },
  { words: 'restart on --json' },
  { words: 'delete on --yes --json' },
  {
    title: 'delete direct --yes --json, of a direct notebook',
    words: 'delete direct --yes --json',
    given: ({ nb }) =>
      nb('create direct --access direct', {
        environment: { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8' },
      }),
  },
  { words: 'create a b --json' },
  { words: 'stop on off --json' },
  { words: 'delete on off --yes --json' },
  {
    words: 'apply -f - --json',
    stdin: () => 'set: lab\nnotebooks:\n  - name: on\n  - name: new\n',
  },
];
