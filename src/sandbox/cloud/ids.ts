import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** 32 hexadecimal digits, as in Keystone's ids of projects, roles and credentials. */
export function hexId(): string {
  return randomUUID().replaceAll('-', '');
}

/** 64 hexadecimal digits, as in Keystone's ids of LDAP users; the same for the same name. */
export function ldapUserId(domain: string, name: string): string {
  return createHash('sha256').update(`${domain}/${name}`).digest('hex');
}

export function requestId(): string {
  return `req-${randomUUID()}`;
}

/** Random, in the form and length of a Fernet token. */
export function tokenId(): string {
  return `gAAAAAB${randomBytes(132).toString('base64url')}`;
}

export function auditId(): string {
  return randomBytes(16).toString('base64url');
}

export function credentialSecret(): string {
  return randomBytes(64).toString('base64url');
}

/** Nova's `adminPass`. */
export function adminPassword(): string {
  return randomBytes(9).toString('base64url').replaceAll(/[-_]/g, 'x');
}

export function macAddress(): string {
  const tail = randomBytes(3).toString('hex').match(/../g) ?? [];
  return ['fa', '16', '3e', ...tail].join(':');
}
