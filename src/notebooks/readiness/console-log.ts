import type { HostKey } from '../../ssh/known-hosts.ts';

/** What a notebook's VM last said about itself on its console. */
export interface ConsoleWord {
  /** The boot that last told how Jupyter came up; undefined: none has yet. */
  readonly boot: string | undefined;
  /** Why it did not come up then, in the VM's words; undefined: it answers. */
  readonly failure: string | undefined;
  readonly hostKeys: readonly HostKey[];
  /** SHA-256 of the certificate that Jupyter shows, 64 hex digits. */
  readonly certificate: string | undefined;
  /** What became of the packages, where any were asked for. */
  readonly packages: PackagesWord | undefined;
}

/** The latest word about the installation of packages, and of which boot it is. */
export interface PackagesWord {
  readonly boot: string;
  readonly state: 'installing' | 'installed' | 'failed';
  /** Why not, in the VM's words; empty otherwise. */
  readonly reason: string;
}

/**
 * Reads the markers with this notebook's nonce from console text, which is hostile: anybody with a
 * shell on the VM can write there, and earlier boots' lines still stand. The last ones count.
 */
export function readConsole(text: string, nonce: string): ConsoleWord {
  let boot: string | undefined;
  let failure: string | undefined;
  let hostKeys: HostKey[] = [];
  let collected: HostKey[] = [];
  let certificate: string | undefined;
  let shown: string | undefined;
  let packages: PackagesWord | undefined;
  for (const line of text.split(/[\r\n]+/)) {
    const [, kind, rest = ''] = marker(nonce).exec(line) ?? [];
    if (kind === 'HOSTKEY') {
      collected.push(...hostKey(rest));
      continue;
    }
    if (kind === 'TLS') {
      shown = /^sha256:([0-9a-f]{64})\s*$/.exec(rest)?.[1] ?? shown;
      continue;
    }
    const [, told, words = ''] = /^boot=([0-9a-f-]{36})\b(.*)$/.exec(rest) ?? [];
    if (kind === undefined || told === undefined) continue;
    if (kind === 'PACKAGES' || kind === 'WARN') {
      packages = packagesWord(told, kind, words) ?? packages;
      continue;
    }
    boot = told;
    failure = kind === 'FAILED' ? printable(words) : undefined;
    hostKeys = collected;
    collected = [];
    certificate = shown;
    shown = undefined;
  }
  return { boot, failure, hostKeys, certificate, packages };
}

function marker(nonce: string): RegExp {
  return new RegExp(
    `^NUBES-NB (HOSTKEY|TLS|PACKAGES|WARN|READY|FAILED) ${nonce.replace(/[^\w-]/g, '')} (.{1,2000})$`,
  );
}

function packagesWord(boot: string, kind: string, words: string): PackagesWord | undefined {
  const text = words.trim();
  if (kind === 'WARN') {
    const [, reason] = /^packages: (.*)$/.exec(text) ?? [];
    return reason === undefined ? undefined : { boot, state: 'failed', reason: printable(reason) };
  }
  const state = (['installing', 'installed'] as const).find((each) => each === text);
  return state === undefined ? undefined : { boot, state, reason: '' };
}

function hostKey(text: string): HostKey[] {
  const [, type, key] = /^((?:ssh|ecdsa)-[a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})\s*$/.exec(text) ?? [];
  return type === undefined || key === undefined ? [] : [{ type, key }];
}

function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 200);
}
