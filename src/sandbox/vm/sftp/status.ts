/** The answers of SFTP version 3 that are not data. */
export const statusCodes = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
} as const;

export type StatusName = keyof typeof statusCodes;

/** Ends a request with this answer. */
export class ServerStatus extends Error {
  readonly status: StatusName;

  constructor(status: StatusName) {
    super(status);
    this.status = status;
  }
}

/** As OpenSSH's sftp-server answers a failed system call. */
export function statusOf(error: unknown): StatusName {
  if (error instanceof ServerStatus) return error.status;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EBADF'].includes(code)) return 'NO_SUCH_FILE';
  return ['EACCES', 'EPERM', 'EROFS'].includes(code) ? 'PERMISSION_DENIED' : 'FAILURE';
}
