/** `AB:CD:…`, as Node gives a certificate's SHA-256, in lower-case hex digits alone. */
export function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
