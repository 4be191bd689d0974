/** The URL of Keystone's v3 API; the auth URL may end in `/v3` or not. */
export function identityUrl(authUrl: string): string {
  return `${authUrl.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '')}/v3`;
}

/** The same for every spelling of an auth URL: case of the host, default port, version and slashes at the end. */
export function canonicalUrl(authUrl: string): string {
  const { origin, pathname } = new URL(authUrl);
  return identityUrl(origin + pathname);
}
