import { get } from 'node:http';

const patience = 5_000;

/** Whether a Jupyter answers behind a tunnel's local port. It needs no token for that. */
export function jupyterAnswers(localPort: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port: localPort, path: '/api', agent: false, timeout: patience },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
