/** Of OpenSSH, e.g. 9.2. */
export type Release = readonly [major: number, minor: number];

/** Undefined if the text names no OpenSSH. */
export function releaseIn(text: string): Release | undefined {
  const [, major, minor] = /OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

export function isBefore([major, minor]: Release, [otherMajor, otherMinor]: Release): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
