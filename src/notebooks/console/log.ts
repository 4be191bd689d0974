import type { HostKey } from '../../ssh/known-hosts.ts';

/** The latest markers of a notebook's VM on its console (marker.ts writes them). */
export interface ConsoleLog {
  /** The id of the boot that last reported whether Jupyter started; undefined: none has yet. */
  readonly boot: string | undefined;
  /** Why Jupyter failed to start in that boot, in the VM's words; undefined: it answers. */
  readonly failure: string | undefined;
  readonly hostKeys: readonly HostKey[];
  /** SHA-256 of Jupyter's certificate, 64 hex digits. */
  readonly certificate: string | undefined;
  /** Undefined if no packages were requested. */
  readonly packages: PackagesMarker | undefined;
}

/** The state of the installation of packages, and the boot that reported it. */
export interface PackagesMarker {
  readonly boot: string;
  readonly state: 'installing' | 'installed' | 'failed';
  /** Why it failed, in the VM's words; empty otherwise. */
  readonly reason: string;
}

/**
 * Parses the markers that contain this notebook's nonce. Console text is untrusted: every account on the VM
 * can write there, and lines of earlier boots remain. The last marker of each kind counts.
 */
export function parseConsoleLog(text: string, nonce: string): ConsoleLog {
  const marker = markerPattern(nonce);
  let boot: string | undefined;
  let failure: string | undefined;
  let hostKeys: HostKey[] = [];
  let certificate: string | undefined;
  let packages: PackagesMarker | undefined;
  // Keys and certificate precede the READY or FAILED that they belong to.
  let pendingKeys: HostKey[] = [];
  let pendingCertificate: string | undefined;
  for (const line of text.split(/[\r\n]+/)) {
    const [, kind, rest = ''] = marker.exec(line) ?? [];
    if (kind === 'HOSTKEY') {
      pendingKeys.push(...hostKey(rest));
      continue;
    }
    if (kind === 'TLS') {
      pendingCertificate = /^sha256:([0-9a-f]{64})\s*$/.exec(rest)?.[1] ?? pendingCertificate;
      continue;
    }
    const [, bootId, details = ''] = /^boot=([0-9a-f-]{36})\b(.*)$/.exec(rest) ?? [];
    if (kind === undefined || bootId === undefined) continue;
    if (kind === 'PACKAGES' || kind === 'WARN') {
      packages = packagesMarker(bootId, kind, details) ?? packages;
      continue;
    }
    boot = bootId;
    failure = kind === 'FAILED' ? printable(details) : undefined;
    hostKeys = pendingKeys;
    pendingKeys = [];
    certificate = pendingCertificate;
    pendingCertificate = undefined;
  }
  return { boot, failure, hostKeys, certificate, packages };
}

function markerPattern(nonce: string): RegExp {
  return new RegExp(
    `^NUBES-NB (HOSTKEY|TLS|PACKAGES|WARN|READY|FAILED) ${nonce.replace(/[^\w-]/g, '')} (.{1,2000})$`,
  );
}

function packagesMarker(boot: string, kind: string, details: string): PackagesMarker | undefined {
  const text = details.trim();
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
