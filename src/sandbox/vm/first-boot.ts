import { gunzipSync } from 'node:zlib';
import type { CertificateFile } from './certificate.ts';
import { type Packages, packagesIn } from './packages.ts';

/** What a VM of the sandbox takes from its user_data, as cloud-init would. */
export interface FirstBoot {
  readonly accounts: readonly Account[];
  /** Whether the image's own account is created too. */
  readonly withImageAccount: boolean;
  /** Keys of that account besides the key pair's. */
  readonly imageKeys: readonly string[];
  /** Undefined: the user_data does not set up Jupyter. */
  readonly jupyter:
    | {
        readonly port: number;
        readonly tokenDigest: string;
        readonly renewable: boolean;
        /** The certificate of a Jupyter that listens on the network. */
        readonly certificate: CertificateFile | undefined;
        /** The notebook folder, below `/home`. */
        readonly folder: string | undefined;
        /** The account that runs it. */
        readonly account: string;
        /** The unit's command and configuration. */
        readonly command: readonly string[];
        readonly config: string;
      }
    | undefined;
  /** The nonce in the first-boot script's console lines. */
  readonly nonce: string | undefined;
  /** Root's script for guests is there; the lines of those of `create`. Undefined: an older notebook. */
  readonly guests: string | undefined;
  readonly packages: Packages | undefined;
}

export interface Account {
  readonly name: string;
  /** Lines as in an authorized_keys file. */
  readonly authorizedKeys: readonly string[];
}

/** Reads a cloud-config in base64, plain or gzipped. An invalid one is ignored, as by cloud-init. */
export function readFirstBoot(userData: string | undefined): FirstBoot {
  const config = cloudConfigOf(userData);
  const written = listOf(config['write_files']).map(({ path, content }) => ({
    path: textOf(path),
    content: textOf(content),
  }));
  const files = written.map(({ content }) => content);
  const jupyterConfig = files.find((text) => /\bIdentityProvider\.token\b/.test(text));
  const tokenDigest = /\bIdentityProvider\.token\s*=.*?["']([0-9a-f]{64})["']/.exec(
    jupyterConfig ?? '',
  )?.[1];
  const account = files.map((text) => /^User=(\S+)$/m.exec(text)?.[1]).find(Boolean) ?? '';
  const renewable = /\.nubes-nb\/token\.sha256/.test(jupyterConfig ?? '');
  const port = Number(/\bServerApp\.port\s*=\s*(\d+)/.exec(jupyterConfig ?? '')?.[1] ?? 8888);
  const nonce = files
    .map((text) => /NUBES-NB READY ([\w-]+) /.exec(text)?.[1])
    .find((found) => found !== undefined);
  return {
    accounts: listOf(config['users']).map((user) => ({
      name: textOf(user['name']),
      authorizedKeys: keysOf(user['ssh_authorized_keys']),
    })),
    withImageAccount:
      config['users'] === undefined ||
      (Array.isArray(config['users']) && config['users'].includes('default')),
    imageKeys: keysOf(config['ssh_authorized_keys']),
    jupyter:
      tokenDigest === undefined
        ? undefined
        : {
            port,
            tokenDigest,
            renewable,
            certificate: certificateIn(jupyterConfig ?? ''),
            folder: folderIn(jupyterConfig ?? ''),
            account,
            command: commandIn(files),
            config: jupyterConfig ?? '',
          },
    nonce,
    guests: guestsIn(written),
    packages: packagesIn(written),
  };
}

function guestsIn(files: readonly { path: string; content: string }[]): string | undefined {
  if (!files.some(({ path }) => path === '/etc/nubes/guests.sh')) return undefined;
  return files.find(({ path }) => path === '/etc/nubes/guests')?.content ?? '';
}

/** The configuration has it as a JSON string. */
function folderIn(jupyterConfig: string): string | undefined {
  const [, quoted] = /\bServerApp\.root_dir\s*=\s*("\/home\/.*")/.exec(jupyterConfig) ?? [];
  return quoted === undefined ? undefined : String(JSON.parse(quoted));
}

function certificateIn(jupyterConfig: string) {
  const path = /\bServerApp\.certfile\s*=\s*"\/home\/([^/"]+)\/([^"]+)"/.exec(jupyterConfig);
  const [, account, file] = path ?? [];
  return account === undefined || file === undefined ? undefined : { account, file };
}

/** The unit's command, without env, `--config` and systemd's escapes. */
function commandIn(files: readonly string[]): string[] {
  const [, line = ''] =
    files
      .map((text) => /^ExecStart=\/usr\/bin\/env (.+) --config=\S+$/m.exec(text))
      .find((found) => found !== null) ?? [];
  return line.replaceAll('%%', '%').split(' ');
}

type Table = Readonly<Record<string, unknown>>;

function cloudConfigOf(userData: string | undefined): Table {
  const bytes = Buffer.from(userData ?? '', 'base64');
  try {
    const text = (isGzip(bytes) ? gunzipSync(bytes) : bytes).toString('utf8');
    if (!text.startsWith('#cloud-config\n')) return {};
    const config: unknown = JSON.parse(text.slice(text.indexOf('\n')));
    return isTable(config) ? config : {};
  } catch {
    return {};
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): Table[] {
  return Array.isArray(value) ? value.filter(isTable) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function keysOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((key) => typeof key === 'string') : [];
}
