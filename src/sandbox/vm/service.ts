import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Disk } from './disk.ts';

/** What Jupyter shows to clients: PEM of certificates and key. */
export interface Shown {
  readonly pem: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Below an account's home. */
export interface CertificateFile {
  readonly account: string;
  readonly file: string;
}

/** Jupyter's unit on a machine, as far as it can be started anew with another certificate. */
export interface Service {
  /** Resolves when the machine is set up. */
  readonly ready: Promise<void>;
  /** What the certificate's file held when Jupyter was last started. */
  readonly shown: () => Shown | undefined;
}

/** Sets the unit of a direct Jupyter up on the disk, with a certificate of its own in that file. */
export function startService(disk: Disk, certificate: CertificateFile): Service {
  let root: string | undefined;
  let loadedBy = '';
  let shown: Shown | undefined;
  const setUp = async () => {
    const folder = await disk.folder();
    await ownCertificate(fileIn(folder, certificate));
    await writeFile(join(folder, 'run', 'jupyter'), '1000\n');
    root = folder;
  };
  return {
    // A disk that was removed meanwhile belongs to a machine that is gone.
    ready: setUp().catch(() => {}),
    shown: () => {
      if (root === undefined) return undefined;
      const process = readFileSync(join(root, 'run', 'jupyter'), 'utf8');
      if (process !== loadedBy) shown = read(fileIn(root, certificate));
      loadedBy = process;
      return shown;
    },
  };
}

function read(file: string): Shown {
  const pem = readFileSync(file, 'utf8');
  const { fingerprint256 } = new X509Certificate(pem);
  return { pem, sha256: fingerprint256.replaceAll(':', '').toLowerCase() };
}

function fileIn(root: string, { account, file }: CertificateFile): string {
  return join(root, 'home', account, file);
}

async function ownCertificate(file: string): Promise<void> {
  if (existsSync(file)) return;
  const { default: selfsigned } = await import('selfsigned');
  const made = await selfsigned.generate([{ name: 'commonName', value: 'nubes-nb notebook' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${made.cert}\n${made.private}`, { mode: 0o600 });
}
