/** Jupyter answers if a GET of this path returns this status. The request needs no token. */
export const apiRule = { path: '/api', status: 200 } as const;

/** Jupyter on the loopback address of its VM. */
export interface LoopbackJupyter {
  readonly port: number;
  readonly https: boolean;
}

/**
 * The rule as a shell function for the VM: `api SECONDS` prints the body of a response that meets it, and
 * fails otherwise. `-k`: the certificate need not name the loopback address.
 */
export function apiFunction({ port, https }: LoopbackJupyter): string {
  const { path, status } = apiRule;
  const url = `${https ? '-k https' : 'http'}://127.0.0.1:${port}${path}`;
  return `api() {
  R=$(curl -s --max-time "$1" -w ' %{http_code}' ${url}) || return 1
  [ "\${R##* }" = ${status} ] && printf '%s\\n' "\${R% *}"
}`;
}
