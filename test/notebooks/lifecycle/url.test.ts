import { expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const x = JSON.parse((await bench.nb('create x --json')).stdout);

test('url prints the URL on stdout and the tunnel on stderr', async () => {
  const { stdout, stderr } = await bench.nb('url x');
  expect(stdout).toBe(`${x.url}\n`);
  expect(stderr).toContain('Tunnel: ssh -F ~/.config/nubes-nb/ssh_tunnel -N nubes-nb-x');
});

test('url --no-token leaves the token out', async () => {
  await bench.nb('create y --no-wait');
  expect((await bench.nb('url y --no-token')).stdout).toMatch(/\/lab\n$/);
});

test('url pins the host key of a notebook created with --no-wait', async () => {
  await bench.nb('create y --no-wait');
  bench.pass(60_000);
  const { tunnel } = JSON.parse((await bench.nb('url y --json')).stdout);
  expect(tunnel.argv).toContain('StrictHostKeyChecking=yes');
});

test('url of a notebook whose metadata was removed by another project member exits 6', async () => {
  addNotebook(bench, 'y');
  expect((await bench.nb('url y')).code).toBe(6);
});

test('url exits 6 with the login of another computer, which cannot compute the token', async () => {
  const other = bench.secondComputer();
  await other.login();
  const { code, stdout, stderr } = await other.nb('url x');
  expect(stdout).toBe('');
  expect(stderr).toContain('x was created by another login');
  expect(code).toBe(6);
});

test('url of a stopped notebook warns and names start', async () => {
  expect((await bench.nb('url x')).stderr).not.toContain('warning');
  await bench.nb('stop x');
  for (const words of ['url x', 'url x --no-token', 'url x --json']) {
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain(
      'warning: x is stopped, so nothing answers at its URL: nubes-nb start x.',
    );
    expect(code).toBe(0);
  }
});

test.each(['start', 'restart', 'show'])(
  '%s prints a URL that opens the page on a terminal, and none with a token elsewhere',
  async (verb) => {
    if (verb === 'start') await bench.nb('stop x');
    const shown = await bench.nb(`${verb} x`, { terminal: 80 });
    expect(shown.stdout).toContain(x.url);
    expect(shown.stdout).toMatch(/\n *Open +nubes-nb open x\n/);
    if (verb === 'start') await bench.nb('stop x');
    const piped = await bench.nb(`${verb} x`);
    const json = await bench.nb(`show x --json`);
    expect(piped.stdout + json.stdout).not.toContain('token=');
  },
);

test('show on a terminal of another computer names the command that makes a token', async () => {
  const laptop = bench.secondComputer();
  await laptop.login();
  const { code, stdout } = await laptop.nb('show x', { terminal: 80 });
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nURL +nubes-nb url x prints one with a token\n/);
});
