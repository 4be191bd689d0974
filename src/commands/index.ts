import type { Command } from 'commander';
import type { Act } from './options/action.ts';

interface CommandModule {
  readonly declare: (command: Command, act: Act) => void;
}

/** A command as the tree shows it before its module is loaded. */
export interface Verb {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command by name. A module is loaded when its command is called, or asked for its help. */
export const verbs: readonly Verb[] = [
  {
    name: 'login',
    summary: 'log in once; the session is kept in the keychain',
    load: () => import('./login.ts'),
  },
  {
    name: 'logout',
    summary: 'end the session; notebooks keep running',
    load: () => import('./logout.ts'),
  },
  {
    name: 'whoami',
    summary: 'show who is logged in, where, and until when',
    load: () => import('./whoami.ts'),
  },
  {
    name: 'create',
    summary: 'create a notebook and wait until it is ready',
    load: () => import('./create.ts'),
  },
  {
    name: 'ls',
    alias: 'list',
    summary: 'list your notebooks',
    load: () => import('./ls.ts'),
  },
  {
    name: 'show',
    summary: 'show everything about a notebook',
    load: () => import('./show.ts'),
  },
  {
    name: 'start',
    summary: 'start a stopped notebook',
    load: () => import('./start.ts'),
  },
  {
    name: 'stop',
    summary: 'stop a notebook and keep its disk',
    load: () => import('./stop.ts'),
  },
  {
    name: 'restart',
    summary: 'restart a notebook and wait until it is ready',
    load: () => import('./restart.ts'),
  },
  {
    name: 'wait',
    summary: 'wait until a notebook is in a state',
    load: () => import('./wait.ts'),
  },
  {
    name: 'delete',
    alias: 'rm',
    summary: 'delete a notebook and its disk, for good',
    load: () => import('./delete.ts'),
  },
  {
    name: 'apply',
    summary: 'bring your notebooks to what a file describes',
    load: () => import('./apply.ts'),
  },
  {
    name: 'url',
    summary: "print a notebook's URL with its token",
    load: () => import('./url.ts'),
  },
  {
    name: 'certify',
    summary: "put your site's certificate on a direct notebook",
    load: () => import('./certify.ts'),
  },
  {
    name: 'open',
    alias: 'connect',
    summary: 'open a notebook in the browser, by a tunnel where it needs one',
    load: () => import('./open.ts'),
  },
  {
    name: 'tunnel',
    summary: 'keep an SSH tunnel to a notebook open until Ctrl-C',
    load: () => import('./tunnel.ts'),
  },
  {
    name: 'ssh',
    summary: "open a shell on a notebook's VM, or run a line in it",
    load: () => import('./ssh.ts'),
  },
  {
    name: 'exec',
    summary: "run a program on a notebook's VM",
    load: () => import('./exec.ts'),
  },
  {
    name: 'cp',
    summary: "copy files to or from a notebook's VM",
    load: () => import('./cp.ts'),
  },
  {
    name: 'ssh-config',
    summary: 'print your notebooks as hosts for ssh, rsync and editors',
    load: () => import('./ssh-config.ts'),
  },
  {
    name: 'logs',
    summary: "print what a notebook's VM has logged",
    load: () => import('./logs.ts'),
  },
  {
    name: 'config',
    summary: 'show and change settings',
    load: () => import('./config.ts'),
  },
  {
    name: 'context',
    summary: 'list contexts, or choose one',
    load: () => import('./context.ts'),
  },
  {
    name: 'completion',
    summary: "print a shell's completion script",
    load: () => import('./completion.ts'),
  },
  {
    name: 'sandbox',
    summary: 'try everything on a cloud inside this program',
    load: () => import('./sandbox.ts'),
  },
  {
    name: 'version',
    summary: 'show the versions of the program and of Node',
    load: () => import('./version.ts'),
  },
];
