import { createHash } from 'node:crypto';
import { failureOf, type Packages, type Session, sessionsOf } from './packages.ts';

/** What a machine prints on its serial console. */
export interface Printing {
  readonly hostname: string;
  readonly serverId: string;
  readonly nonce: string | undefined;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
  readonly jupyterPort: number | undefined;
  /** SHA-256 of the certificate that Jupyter shows. */
  readonly certificate: string | undefined;
  /** When it was switched on, each time. */
  readonly boots: readonly Date[];
  /** From being switched on until Jupyter answers. */
  readonly readyMs: number;
  readonly packages: Packages | undefined;
  /** It reaches no package index. */
  readonly indexIsDown: boolean;
  /** Its Jupyter has not come up since it was last switched on. */
  readonly silent: boolean;
}

/** Everything printed until `now`, boot after boot. */
export function consoleText(printing: Printing, now: Date): string {
  const { boots, silent } = printing;
  const sessions = sessionsOf(boots, printing);
  return boots
    .filter((boot) => boot <= now)
    .flatMap((_, number) => {
      const next = boots[number + 1];
      const session = sessions[number];
      if (session === undefined) return [];
      const isPast = (at: Date) => at <= now && (next === undefined || at <= next);
      const cameUp = isPast(session.readyAt) && (next !== undefined || !silent);
      return [
        ...kernelLines(printing),
        ...packagesLines(printing, { ...session, number, isPast }),
        ...(cameUp ? readyLines(printing, number) : []),
      ];
    })
    .map((line) => `${line}\r\n`)
    .join('');
}

/** The kernel's random id of a boot, which a restart changes. */
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

function kernelLines({ hostname }: Printing): string[] {
  return [
    '[    0.000000] Linux version 6.12.0-sandbox (nubes-nb)',
    '[    0.000000] Command line: root=/dev/vda1 ro console=ttyS0',
    `Sandbox GNU/Linux ${hostname} ttyS0`,
  ];
}

function packagesLines(
  { nonce, serverId, packages, indexIsDown }: Printing,
  session: Session & { readonly number: number; readonly isPast: (at: Date) => boolean },
): string[] {
  const { installsAt, readyAt, number, isPast } = session;
  if (nonce === undefined || installsAt === undefined || !isPast(installsAt)) return [];
  const boot = `boot=${bootId(serverId, number)}`;
  const begun = ['', `NUBES-NB PACKAGES ${nonce} ${boot} installing`];
  if (!isPast(readyAt)) return begun;
  const failure = failureOf(packages?.objection, indexIsDown);
  return failure === undefined
    ? [...begun, '', `NUBES-NB PACKAGES ${nonce} ${boot} installed`]
    : [...begun, '', `NUBES-NB WARN ${nonce} ${boot} packages: ${failure}`];
}

function readyLines(printing: Printing, number: number): string[] {
  const { nonce, hostKey, jupyterPort, serverId, readyMs, certificate } = printing;
  if (nonce === undefined || jupyterPort === undefined) return [`${printing.hostname} login: `];
  const up = (readyMs / 1000).toFixed(2);
  return [
    '',
    `NUBES-NB HOSTKEY ${nonce} ${hostKey}`,
    ...(certificate === undefined ? [] : [`NUBES-NB TLS ${nonce} sha256:${certificate}`]),
    `NUBES-NB READY ${nonce} boot=${bootId(serverId, number)} port=${jupyterPort} up=${up}`,
  ];
}
