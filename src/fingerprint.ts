/** Node's `AB:CD:…` fingerprint of a certificate as lower-case hex digits without colons. */
export function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
