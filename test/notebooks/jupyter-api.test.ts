import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readyScript } from '../../src/notebooks/first-boot/ready-script.ts';
import { restartScript } from '../../src/notebooks/jupyter/restart.ts';
import { apiFunction, apiRule, getApi } from '../../src/notebooks/jupyter-api.ts';
import { answerFrom } from '../../src/ssh/jupyter-probe.ts';
import { boot } from '../support/first-boot.ts';

let status = 200;
const server = createServer((request, response) => {
  response.statusCode = request.url === '/api' ? status : 404;
  response.end('{"version": "2.15.0"}');
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const carriers: Readonly<Record<string, () => Promise<boolean>>> = {
  'the request of a tunnel and of a direct URL': async () =>
    (await getApi(`http://127.0.0.1:${port}/lab`, 2_000)) === 'answers',
  'the shell function of a VM': async () => {
    const script = `${apiFunction({ port, https: false })}\napi 2`;
    const { exitCode, stdout } = await execa('sh', ['-c', script], { reject: false });
    if (exitCode === 0) expect(stdout).toBe('{"version": "2.15.0"}');
    return exitCode === 0;
  },
  'the probe over ssh': async () =>
    answerFrom(apiRule.status, `HTTP/1.1 ${status} X\r\n`, []) === 'answers',
};

test.each(
  Object.keys(carriers).flatMap((carrier) =>
    [200, 201, 204, 302, 401, 404, 500].map((code) => [carrier, code] as const),
  ),
)('%s takes status %i of /api for an answer only if it is 200', async (carrier, code) => {
  status = code;
  expect(await carriers[carrier]?.()).toBe(code === 200);
});

test('the ready script and a restart contain the shell function of the rule', () => {
  const api = apiFunction({ port: boot.port, https: boot.direct });
  expect(readyScript(boot)).toContain(`${api}\n`);
  const options = { deadline: 0, asks: false };
  expect(restartScript(options, api, { startSeconds: 5, undoSeconds: 0 })).toContain(`${api}\n`);
});

test('no file but the rule names the path of the API', () => {
  const folders = ['src/notebooks', 'src/ssh'];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(folder, file)),
  );
  const naming = files.filter((file) => /['"`/}]\/api['"`?]/.test(readFileSync(file, 'utf8')));
  expect(naming).toEqual(['src/notebooks/jupyter-api.ts']);
});
