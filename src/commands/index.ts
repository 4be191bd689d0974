import type { Command } from 'commander';
import type { ToAction } from '../app.ts';

interface CommandModule {
  readonly declare: (command: Command, toAction: ToAction) => void;
}

/** A command as help shows it before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command. A module is loaded when its command is called or its help is shown. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'login',
    summary: 'log in and store the session in the keychain',
    load: () => import('./login.ts'),
  },
  {
    name: 'logout',
    summary: 'log out; notebooks keep running',
    load: () => import('./logout.ts'),
  },
  {
    name: 'whoami',
    summary: 'show the current login',
    load: () => import('./whoami.ts'),
  },
  {
    name: 'status',
    summary: 'show your login, your notebooks and what to do next',
    load: () => import('./status.ts'),
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
    summary: 'show all details of a notebook',
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
    summary: 'wait until a notebook reaches a state',
    load: () => import('./wait.ts'),
  },
  {
    name: 'delete',
    alias: 'rm',
    summary: 'delete a notebook and its disk permanently',
    load: () => import('./delete.ts'),
  },
  {
    name: 'apply',
    summary: 'create, start and update notebooks from a manifest',
    load: () => import('./apply.ts'),
  },
  {
    name: 'url',
    summary: "print a notebook's URL with its token",
    load: () => import('./url.ts'),
  },
  {
    name: 'share',
    summary: "let another person use a notebook's Jupyter",
    load: () => import('./share.ts'),
  },
  {
    name: 'handout',
    summary: 'print what the guests of your notebooks need',
    load: () => import('./handout.ts'),
  },
  {
    name: 'certify',
    summary: "install your site's certificate on a direct notebook",
    load: () => import('./certify.ts'),
  },
  {
    name: 'open',
    alias: 'connect',
    summary: 'open a notebook in the browser',
    load: () => import('./open.ts'),
  },
  {
    name: 'tunnel',
    summary: 'open an SSH tunnel to a notebook until Ctrl-C',
    load: () => import('./tunnel.ts'),
  },
  {
    name: 'ssh',
    summary: "open a shell on a notebook's VM",
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
    summary: 'print ssh_config hosts for your notebooks',
    load: () => import('./ssh-config.ts'),
  },
  {
    name: 'key',
    summary: 'list, add and remove the SSH keys of a notebook',
    load: () => import('./key.ts'),
  },
  {
    name: 'logs',
    summary: "print the logs of a notebook's VM",
    load: () => import('./logs.ts'),
  },
  {
    name: 'sizes',
    summary: 'list the sizes, and how many of each fit now',
    load: () => import('./sizes.ts'),
  },
  {
    name: 'images',
    summary: 'list the images that a notebook can boot',
    load: () => import('./images.ts'),
  },
  {
    name: 'quota',
    summary: "show the project's quota and what you use of it",
    load: () => import('./quota.ts'),
  },
  {
    name: 'config',
    summary: 'show and change settings',
    load: () => import('./config.ts'),
  },
  {
    name: 'context',
    summary: 'list contexts or switch to one',
    load: () => import('./context.ts'),
  },
  {
    name: 'history',
    summary: 'show what was done on this computer, with request ids',
    load: () => import('./history.ts'),
  },
  {
    name: 'doctor',
    summary: 'check this computer, the services and your settings',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'admin',
    summary: 'see and change the notebooks of all users',
    load: () => import('./admin.ts'),
  },
  {
    name: 'completion',
    summary: 'print a shell completion script',
    load: () => import('./completion.ts'),
  },
  {
    name: 'man',
    summary: 'show or install the man pages',
    load: () => import('./man.ts'),
  },
  {
    name: 'sandbox',
    summary: 'try nubes-nb on an embedded cloud',
    load: () => import('./sandbox.ts'),
  },
  {
    name: 'version',
    summary: 'show the versions of nubes-nb and Node.js',
    load: () => import('./version.ts'),
  },
];

/** The commands as `nubes-nb --help` groups them; it has to fit a terminal of 24 lines. */
export const commandGroups: readonly (readonly [
  heading: string,
  rows: readonly (readonly [names: string, about: string])[],
])[] = [
  [
    'Start here',
    [
      ['login, logout, whoami', 'your session'],
      ['status', 'your login, your notebooks and what to do next'],
      ['sandbox', 'try everything on an embedded cloud'],
    ],
  ],
  [
    'Your notebooks',
    [
      ['create, delete', 'make one and wait until it is ready; delete it'],
      ['start, stop, restart, wait', 'stop keeps the disk'],
      ['ls, show, logs', 'what you have, and what happens there'],
      ['images, sizes, quota', 'what you can choose, and what is free'],
    ],
  ],
  [
    'Connect',
    [
      ['open, tunnel, url, certify', 'Jupyter in the browser'],
      ['ssh, exec, cp, ssh-config', 'the VM: a shell, a program, files, editors'],
    ],
  ],
  [
    'Many at once, or with others',
    [['apply, share, handout, key', 'a manifest; guests; further SSH keys']],
  ],
  [
    'Settings',
    [
      ['config, context', 'settings, and named sets of them'],
      ['doctor, history, admin', 'what is wrong; what was done here; cloud team'],
      ['completion, man, version', 'for your shell; the manual; for a bug report'],
    ],
  ],
];
