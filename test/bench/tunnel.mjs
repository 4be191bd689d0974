// Run inside `sandbox run`: how long `tunnel` and `open` take until Jupyter answers behind them, against
// the bare ssh of the same line, and what an idle tunnel costs.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';

const budgets = { up: 1.5, idleMilliseconds: 50 };
const idleSeconds = 20;
const rounds = 15;

/** @param judge `(what, value, budget, { unit })`, as in measures.mjs. */
export async function measureTheTunnel({ program, environment, judge }) {
  const name = 'bench-tunnel';
  const run = (...words) =>
    execFileSync(process.execPath, [program, ...words], { env: environment, encoding: 'utf8' });
  const { tunnel, url } = JSON.parse(run('create', name, '--json'));
  const bare = tunnel.argv;
  const ours = [process.execPath, program, 'tunnel', name];
  const opens = [process.execPath, program, 'open', name, '--no-browser'];
  const { port } = new URL(url);
  try {
    const times = [bare, ours, opens].map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, argv] of [bare, ours, opens].entries()) {
        times[index].push(await untilItAnswers(argv, port, environment));
      }
    }
    const [ssh, tunnelTime, openTime] = times.map(median);
    const note = ` (ssh -N -L alone: ${ssh.toFixed(0)} ms)`;
    judge(`tunnel up, wall of ssh -N -L${note}`, tunnelTime / ssh, budgets.up);
    judge('open up, wall of ssh -N -L', openTime / ssh, budgets.up);
    const idle = await idleCpu(ours, port, environment);
    judge(`tunnel, idle for ${idleSeconds} s: CPU`, idle, budgets.idleMilliseconds, { unit: 'ms' });
  } finally {
    run('delete', name, '--yes', '-q');
  }
}

async function untilItAnswers([command, ...argv], port, env) {
  const began = performance.now();
  const child = spawn(command, argv, { env, stdio: 'ignore' });
  while (!(await answers(port))) await setTimeout(3);
  const time = performance.now() - began;
  await ended(child);
  return time;
}

function ended(child) {
  return new Promise((resolve) => {
    child.on('close', resolve);
    child.kill('SIGINT');
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/api', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

/** CPU of the program itself, in ms; Linux counts it in ticks of 10 ms. */
async function idleCpu([command, ...argv], port, env) {
  const child = spawn(command, argv, { env, stdio: 'ignore' });
  while (!(await answers(port))) await setTimeout(20);
  await setTimeout(1_000);
  const before = ticks(child.pid);
  await setTimeout(idleSeconds * 1_000);
  const used = (ticks(child.pid) - before) * 10;
  await ended(child);
  return used;
}

function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}
