import type ssh2 from 'ssh2';

export interface KeyPair {
  /** In OpenSSH's format. */
  readonly private: string;
  readonly public: string;
}

/** An ed25519 key pair. ssh2 sometimes generates one that it cannot parse; then this retries. */
export function makeKeyPair({ utils }: typeof ssh2, comment = ''): KeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** A key pair that is made when it is read. */
export function lazyKeyPair(ssh2Library: typeof ssh2): KeyPair {
  let made: KeyPair | undefined;
  const pair = () => {
    made ??= makeKeyPair(ssh2Library);
    return made;
  };
  return {
    get private() {
      return pair().private;
    },
    get public() {
      return pair().public;
    },
  };
}
