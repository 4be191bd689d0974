import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';
import { addNotebook, type Workbench } from '../support/workbench.ts';
import type { FaultCommand } from './fault-table.ts';

const password = (bench: Workbench) =>
  bench.sandbox.people.find(({ name }) => name === 'alice')?.password ?? '';
const login = 'login --username alice --project jupyter-notebooks --password-stdin --json';

/** The only one that a member may look at. */
const ownProject = '--project jupyter-notebooks --json';

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
  { words: 'status --json' },
  { words: 'sizes --json' },
  { words: 'images --all --json' },
  { words: 'quota --json' },
  { words: 'ls --probe --json' },
  { words: 'show on --json' },
  { words: 'show on --probe --json' },
  { words: 'url on --json' },
  { words: 'tunnel on --print --json' },
  { words: 'ssh-config --json' },
  { words: 'logs on --json' },
  { words: 'handout --all --json' },
  { words: 'wait on --json' },
  { words: 'wait gone --for deleted --json' },
  { words: `admin ls ${ownProject}` },
  { words: `admin show alice/on ${ownProject}` },
  { words: `admin map ${ownProject}` },
  { words: `admin report ${ownProject}` },
  { words: `admin orphans ${ownProject}` },
  { words: `admin logs alice/on ${ownProject}` },
];

/** As on another computer: ssh needs the host key that the console shows. */
const withoutHostKey: Pick<FaultCommand, 'given'> = {
  given: ({ stateFolder }) => rmSync(join(stateFolder, 'known_hosts'), { force: true }),
};

/** The key of the notebooks, in a file that a word can name. */
const withOwnKey = ({ home }: Workbench) =>
  copyFileSync(join(home, 'a key.pub'), join(home, 'own.pub'));

/** The commands that use ssh. */
export const connecting: readonly FaultCommand[] = [
  { words: 'ssh on --json -- true' },
  { words: 'exec on --json -- true' },
  {
    title: 'exec on --json -- true, on another computer',
    words: 'exec on --json -- true',
    ...withoutHostKey,
  },
  { words: 'key list on --json' },
  { words: 'key add on own.pub --json', given: withOwnKey },
  { words: 'key remove on own.pub --force --json', given: withOwnKey, ssh: 'real' },
  { words: 'cp on:data.csv . --json' },
  {
    title: 'cp on:data.csv . --json, on another computer',
    words: 'cp on:data.csv . --json',
    ...withoutHostKey,
  },
  { words: 'logs on --source jupyter --json' },
  { words: 'tunnel on --json', endsBy: 'Ctrl-C' },
  {
    title: 'tunnel on --json, on another computer',
    words: 'tunnel on --json',
    endsBy: 'Ctrl-C',
    ...withoutHostKey,
  },
  { words: 'open on --no-browser --json', endsBy: 'Ctrl-C', ssh: 'real' },
  { words: 'open off --start --no-browser --json', endsBy: 'Ctrl-C', ssh: 'real' },
  { words: 'open direct --no-browser --json' },
  { words: 'url direct --json' },
  { words: 'show direct --probe --json' },
  {
    title: 'url foreign --renew --yes --json',
    words: 'url foreign --renew --yes --json',
    given: (bench) =>
      addNotebook(bench, 'foreign', { metadata: { 'nubes-nb:token': 'another12345' } }),
  },
  {
    words: 'share on --as anna --key anna.pub --json',
    given: ({ home }) =>
      writeFileSync(join(home, 'anna.pub'), `${makeKeyPair(ssh2, 'anna').public}\n`),
  },
  {
    words: 'share on --revoke anna --json',
    given: ({ sandbox }) => {
      for (const { metadata } of sandbox.cloud.servers.values()) {
        metadata['nubes-nb:guest.anna'] = `${'0'.repeat(16)} ${'a'.repeat(12)}`;
      }
    },
  },
  {
    words: 'create {name} --for - --if-exists skip --json',
    stdin: () => `name,key\non,${makeKeyPair(ssh2, 'on').public}\n`,
  },
  { words: 'certify direct --json' },
  { words: 'restart on --jupyter-only --json' },
];

export const creating: readonly FaultCommand[] = [
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
  { words: 'create a b --json' },
];

export const changing: readonly FaultCommand[] = [
  { words: 'start off --json' },
  { words: 'stop on --json' },
  { words: 'restart on --json' },
  { words: 'delete on --yes --json' },
  { words: 'delete direct --yes --json' },
  { words: 'stop on off --json' },
  { words: 'delete on off --yes --json' },
  { words: `admin stop alice/on --reason test --yes ${ownProject}` },
  { words: `admin start alice/off --reason test --yes ${ownProject}` },
  { words: `admin delete alice/on --reason test --yes ${ownProject}` },
  {
    words: 'apply -f - --json',
    stdin: () => 'set: lab\nnotebooks:\n  - name: on\n  - name: new\n',
  },
];
