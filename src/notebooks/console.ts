import type { HostKey } from '../ssh/known-hosts.ts';

/** What a notebook's VM last said about itself on its console. */
export interface ConsoleWord {
  /** The boot in which Jupyter last answered; undefined: it has not answered yet. */
  readonly readyBoot: string | undefined;
  readonly hostKeys: readonly HostKey[];
  /** Why Jupyter did not come up, in the VM's words. */
  readonly failure: string | undefined;
}

/**
 * Reads the markers with this notebook's nonce from console text, which is hostile: anybody with a
 * shell on the VM can write there, and earlier boots' lines still stand. The last ones count.
 */
export function readConsole(text: string, nonce: string): ConsoleWord {
  let readyBoot: string | undefined;
  let failure: string | undefined;
  let collected: HostKey[] = [];
  let hostKeys: HostKey[] = [];
  for (const line of text.split(/[\r\n]+/)) {
    const [, kind, rest] = marker(nonce).exec(line) ?? [];
    if (kind === 'HOSTKEY') {
      collected.push(...hostKey(rest ?? ''));
    } else if (kind === 'READY') {
      readyBoot = /\bboot=([0-9a-f-]{36})\b/.exec(rest ?? '')?.[1] ?? readyBoot;
      failure = undefined;
      hostKeys = collected;
      collected = [];
    } else if (kind === 'FAILED') {
      failure = printable(rest ?? '');
    }
  }
  return { readyBoot, hostKeys, failure };
}

function marker(nonce: string): RegExp {
  return new RegExp(
    `^NUBES-NB (HOSTKEY|READY|FAILED) ${nonce.replace(/[^\w-]/g, '')} (.{1,2000})$`,
  );
}

function hostKey(text: string): HostKey[] {
  const [, type, key] = /^((?:ssh|ecdsa)-[a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})\s*$/.exec(text) ?? [];
  return type === undefined || key === undefined ? [] : [{ type, key }];
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 200);
}
