import { get } from 'node:http';
import { until, type Watch } from './waiting.ts';

const patience = 5_000;

/** Whether a Jupyter answers behind a tunnel's local port before the deadline; it needs no token for that. */
export async function jupyterAnswers(watch: Watch, localPort: number): Promise<boolean> {
  const answer = await until(watch, async () => ((await ask(localPort)) ? true : undefined));
  return answer === true;
}

function ask(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port, path: '/api', agent: false, timeout: patience };
    const request = get(to, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
