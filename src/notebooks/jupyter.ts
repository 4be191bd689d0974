import { get as getPlain } from 'node:http';
import { get as getSafe } from 'node:https';
import { until, type Watch } from './waiting.ts';

const patience = 5_000;

/** Whether a Jupyter answers behind a tunnel before the deadline; it needs no token for that. */
export async function jupyterAnswers(watch: Watch, tunnelUrl: string): Promise<boolean> {
  const answer = await until(watch, async () => ((await ask(tunnelUrl)) ? true : undefined));
  return answer === true;
}

function ask(tunnelUrl: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { protocol, hostname, port } = new URL(tunnelUrl);
    const to = { hostname, port, path: '/api', agent: false, timeout: patience };
    // ssh has made sure of the VM, and nothing is told to it here.
    const safely = { ...to, rejectUnauthorized: false };
    const get = protocol === 'https:' ? getSafe : getPlain;
    const request = get(safely, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
