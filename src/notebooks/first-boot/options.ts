/** What `user_data` sets up. It contains public keys, a digest and a nonce, but no secret. */
export interface FirstBoot {
  /** The account on the VM, a legal Unix name. */
  readonly user: string;
  /** False: the image creates the account itself, with Nova's key pair. */
  readonly ownAccount: boolean;
  /** The owner's key, and further ones. */
  readonly userKeys: readonly string[];
  /** Keys of the site's staff, for the account `nubes-admin`. */
  readonly adminKeys: readonly string[];
  /** SHA-256 of the Jupyter token, 64 hex digits. */
  readonly tokenDigest: string;
  /** Marks this notebook's lines on the console. */
  readonly nonce: string;
  readonly port: number;
  /** Below the account's home. */
  readonly folder: string;
  /** The command that starts Jupyter, e.g. `jupyter-lab`. */
  readonly command: string;
  /** Seconds without activity before the VM powers itself off; undefined: never. */
  readonly idleSeconds: number | undefined;
  /** Jupyter listens to the network, with a certificate. */
  readonly direct: boolean;
  /** The site's names of VMs, for the certificate. */
  readonly hostTemplate: string | undefined;
  /** Undefined: only the image's own. */
  readonly packages?: Packages | undefined;
  /** Those whom the notebook is shared with from the beginning. */
  readonly guests?: readonly FirstBootGuest[];
}

/** A line of the VM's file of guests. */
export interface FirstBootGuest {
  readonly name: string;
  /** SHA-256 of the guest's token, 64 hex digits. */
  readonly digest: string;
  /** `type base64` of the guest's SSH key. */
  readonly key?: string | undefined;
}

/** What the VM installs at its first boot. */
export interface Packages {
  /** One package per line, as in pip's requirements files: names, versions and markers only. */
  readonly lines: readonly string[];
  /** pip's index; undefined: the image's setting, else PyPI. */
  readonly index: string | undefined;
}
