import { createHash } from 'node:crypto';
import { type BootTimes, bootTimesOf, failureOf, type Packages } from './packages.ts';

/** What the console log of a VM depends on. */
export interface ConsoleSource {
  readonly hostname: string;
  readonly serverId: string;
  readonly nonce: string | undefined;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  readonly jupyterPort: number | undefined;
  /** SHA-256 of the certificate that Jupyter serves. */
  readonly certificate: string | undefined;
  /** The time of each boot. */
  readonly boots: readonly Date[];
  /** From power-on until Jupyter answers. */
  readonly readyMs: number;
  readonly packages: Packages | undefined;
  /** The VM cannot reach a package index. */
  readonly indexIsDown: boolean;
  /** Why Jupyter does not start at any boot; undefined: it does. */
  readonly failure: string | undefined;
  /** Jupyter has not started since the last boot. */
  readonly jupyterIsDown: boolean;
}

/** The console log at `now`, of all boots. */
export function consoleText(source: ConsoleSource, now: Date): string {
  const { boots, jupyterIsDown } = source;
  const timesByBoot = bootTimesOf(boots, source);
  return boots
    .filter((boot) => boot <= now)
    .flatMap((_, number) => {
      const next = boots[number + 1];
      const bootTimes = timesByBoot[number];
      if (bootTimes === undefined) return [];
      const isPast = (at: Date) => at <= now && (next === undefined || at <= next);
      const cameUp = isPast(bootTimes.readyAt) && (next !== undefined || !jupyterIsDown);
      return [
        ...kernelLines(source),
        ...packagesLines(source, { ...bootTimes, number, isPast }),
        ...(cameUp ? readyLines(source, number) : []),
      ];
    })
    .map((line) => `${line}\r\n`)
    .join('');
}

/** The kernel's boot id, different at each boot. */
export function bootId(serverId: string, number: number): string {
  const hex = createHash('sha256').update(`${serverId}/boot/${number}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

function kernelLines({ hostname }: ConsoleSource): string[] {
  return [
    '[    0.000000] Linux version 6.12.0-sandbox (nubes-nb)',
    '[    0.000000] Command line: root=/dev/vda1 ro console=ttyS0',
    `Sandbox GNU/Linux ${hostname} ttyS0`,
  ];
}

function packagesLines(
  { nonce, serverId, packages, indexIsDown }: ConsoleSource,
  bootTimes: BootTimes & { readonly number: number; readonly isPast: (at: Date) => boolean },
): string[] {
  const { installsAt, readyAt, number, isPast } = bootTimes;
  if (nonce === undefined || installsAt === undefined || !isPast(installsAt)) return [];
  const boot = `boot=${bootId(serverId, number)}`;
  const installing = ['', `NUBES-NB PACKAGES ${nonce} ${boot} installing`];
  if (!isPast(readyAt)) return installing;
  const failure = failureOf(packages?.pipError, indexIsDown);
  return failure === undefined
    ? [...installing, '', `NUBES-NB PACKAGES ${nonce} ${boot} installed`]
    : [...installing, '', `NUBES-NB WARN ${nonce} ${boot} packages: ${failure}`];
}

function readyLines(source: ConsoleSource, number: number): string[] {
  const { nonce, hostKey, jupyterPort, serverId, readyMs, certificate, failure } = source;
  if (nonce === undefined || jupyterPort === undefined) return [`${source.hostname} login: `];
  const boot = `boot=${bootId(serverId, number)}`;
  const seconds = (readyMs / 1000).toFixed(2);
  const hostKeyLines = ['', `NUBES-NB HOSTKEY ${nonce} ${hostKey}`];
  if (failure !== undefined)
    return [...hostKeyLines, `NUBES-NB FAILED ${nonce} ${boot} ${failure}`];
  return [
    ...hostKeyLines,
    ...(certificate === undefined ? [] : [`NUBES-NB TLS ${nonce} sha256:${certificate}`]),
    `NUBES-NB READY ${nonce} ${boot} port=${jupyterPort} up=${seconds}`,
  ];
}
