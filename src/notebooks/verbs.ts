import type { Tunnel } from '../ssh/tunnel.ts';
import type { Installation } from './certifying.ts';
import type { Copy } from './copying.ts';
import type { Created } from './create.ts';
import type { Wish } from './launch.ts';
import type { LogWish } from './logs.ts';
import type { Notebook } from './notebook.ts';
import type { Enter, Patience } from './notebooks.ts';
import type { Outcome } from './outcome.ts';
import type { RemoteCommand, RemoteEnd } from './remote.ts';
import type { Renewal, RenewalWish } from './renewing.ts';
import type { SshConfig } from './ssh-config.ts';
import type { TunnelListener, TunnelWish } from './tunnel.ts';
import type { TokenUrls, TunnelForm } from './view.ts';
import type { AwaitedState } from './wait-for.ts';

/** One user's notebooks in one project. Each verb throws NubesErrors a user understands. */
export interface Notebooks {
  /** `probe`: the running ones are asked whether Jupyter answers. */
  readonly list: (probe?: boolean) => Promise<Notebook[]>;
  /** By name or UUID. */
  readonly show: (reference: string, probe?: boolean) => Promise<Notebook>;
  readonly create: (wish: Wish, patience: Patience, enter: Enter) => Promise<Created>;
  readonly start: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly stop: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly restart: (
    reference: string,
    patience: Patience & { readonly hard: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Waits for a state and does nothing else; `timeout` is in milliseconds. */
  readonly waitFor: (
    reference: string,
    expected: { readonly state: AwaitedState; readonly timeout: number },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Keeps a tunnel open until the world is interrupted. */
  readonly tunnel: (reference: string, wish: TunnelWish, listener: TunnelListener) => Promise<void>;
  /** The tunnel's line with these ports and for this shell; null until there is an address. */
  readonly tunnelLine: (reference: string, form: TunnelForm) => Promise<Tunnel | null>;
  /** Runs a command, or a shell, on the VM with our own streams. */
  readonly run: (reference: string, command: RemoteCommand) => Promise<RemoteEnd>;
  /** Copies a file or a folder; `asks` is false when ssh may not ask for a passphrase. */
  readonly copy: (reference: string, what: Copy, asks: boolean) => Promise<void>;
  readonly sshConfig: () => Promise<SshConfig>;
  /** Writes it below a folder, for ssh to include. */
  readonly writeSshConfig: (
    config: SshConfig,
    folder: string,
  ) => Promise<{ readonly file: string; readonly include: string }>;
  /** Tells a log's lines, which are hostile text; resolves to the notebook's name. */
  readonly log: (
    reference: string,
    wish: LogWish,
    heard: (line: string) => void,
  ) => Promise<string>;
  /** Starts Jupyter anew and leaves the VM on; `asks` is false when ssh may not ask. */
  readonly restartJupyter: (
    reference: string,
    patience: Patience & { readonly asks: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Puts the site's certificate on a direct notebook; `asks` is false when ssh may not ask. */
  readonly certify: (
    reference: string,
    wish: Patience & Omit<Installation, 'deadline'>,
    enter: Enter,
  ) => Promise<Outcome>;
  /** Throws UNREACHABLE or TLS_UNTRUSTED unless a direct notebook answers from here with its certificate. */
  readonly checkDirect: (notebook: Notebook) => Promise<void>;
  /** Deletes for good, by UUID or name; resolves when Nova says that it is gone. */
  readonly remove: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  /** Makes this login's token the notebook's, which restarts its Jupyter; `timeout` is in ms. */
  readonly renewToken: (
    reference: string,
    wish: Omit<RenewalWish, 'deadline'> & { readonly timeout: number },
  ) => Promise<Renewal>;
  /** A notebook and its URL with the token. Throws CONFLICT when this login cannot derive it. */
  readonly access: (reference: string) => Promise<
    TokenUrls & {
      readonly notebook: Notebook;
      /** `tunnel` for a VM that was on just now: it is not looked up again. */
      readonly tunnel: (wish: TunnelWish, listener: TunnelListener) => Promise<void>;
    }
  >;
}
