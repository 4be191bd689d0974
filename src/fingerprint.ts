/** Node's `AB:CD:…` fingerprint of a certificate as lower-case hex digits without colons. */
export function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

/** Hex digits as browsers and openssl print a fingerprint: `AB:CD:…`. */
export function inPairs(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}
