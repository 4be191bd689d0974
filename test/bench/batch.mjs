// A hundred notebooks at once: wall time as a multiple of one creation, and peak memory. The cloud is a
// sandbox without a quota, in this process, so the program's own processes are not waited for in step.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'bin/nubes-nb.js');
const usage = fileURLToPath(new URL('usage.cjs', import.meta.url));
const pace = { bootMs: 10_000, readyMs: 3_000 };
const concurrency = 25;
/** The default of `limits.concurrency`. */
const usualConcurrency = 4;
const budgets = { wall: 1.1, memory: 110 };

export async function measureBatch({ folder, judge, lines }) {
  const sandbox = await openSandbox();
  try {
    const environment = await logIn(sandbox, folder);
    const names = Array.from({ length: 100 }, (_, at) => `batch-${at + 1}`);
    const one = await timed(environment, ['create', 'first', '-q']);
    const before = sandbox.cloud.requests.length;
    const words = ['create', '--from', '-', '--concurrency', String(concurrency), '-o', 'ndjson'];
    const all = await timed(environment, words, names.join('\n'), folder);
    const rounds = Math.ceil(names.length / concurrency);
    const asked = sandbox.cloud.requests.slice(before);
    const lists = asked.filter(({ path }) => path.endsWith('/servers/detail')).length;
    lines.push(
      `      a notebook ${seconds(one.wall)}, a hundred, ${concurrency} at a time, ${seconds(all.wall)};` +
        ` ${asked.length} requests, ${lists} of them lists`,
    );
    judge('create of 100: wall time of its boots', all.wall / (rounds * one.wall), budgets.wall);
    judge('create of 100: peak memory', all.memory, budgets.memory, { unit: 'MiB' });
    judge('create of 100: lists a second', lists / (all.wall / 1_000), 1.1, { unit: '' });
    const bad = await onABadDay({ sandbox, environment, words, folder });
    judge(
      'the same on a bad day: wall time of its boots',
      bad.wall / (rounds * one.wall),
      budgets.wall,
    );
    judge('the same on a bad day: peak memory', bad.memory, budgets.memory, { unit: 'MiB' });
  } finally {
    await sandbox.close();
  }
}

/** A hundred more, with 5% of the responses lost, 2% cut off, and 5% of the VMs in ERROR. */
async function onABadDay({ sandbox, environment, words, folder }) {
  const { faults } = sandbox.cloud;
  const post = { service: 'Nova', method: 'POST', path: /\/servers$/ };
  faults.rate('bad-gateway-after-create', 0.05, 1, post);
  faults.rate('error-after-202', 0.05, 2, post);
  faults.rate('list-lag', 0.2, 3, post);
  faults.rate('reset', 0.02, 4, { service: 'Nova' });
  const names = Array.from({ length: 100 }, (_, at) => `bad-${at + 1}`);
  const seen = await timed(environment, words, names.join('\n'), folder, [10]);
  faults.clear();
  return seen;
}

/** The same names with the `openstack` client, one after the other. */
export async function compareBatchWithOpenstack({ cloud, facts, lines }) {
  const names = Array.from({ length: 12 }, (_, at) => `bench-${String(at + 1).padStart(2, '0')}`);
  const chosen = { image: facts.LAB_IMAGE, size: facts.LAB_FLAVOR, network: facts.LAB_NETWORK };
  const flags = Object.entries(chosen).flatMap(([name, value]) => [`--${name}`, value]);
  const atOnce = ['--concurrency', String(usualConcurrency)];
  const words = ['create', ...names, ...flags, ...atOnce, '--wait', 'running', '-q', '--debug'];
  writeKey(cloud.HOME);
  const ample = { ...cloud, NUBES_NB_LIMITS_PER_USER: '20' };
  await setQuota(facts, { instances: 16, cores: 32 });
  const ours = await timed(ample, words);
  await timed(ample, ['delete', ...names, '--yes', '-q']);
  const theirs = await openstackLoop(cloud, names, chosen);
  await setQuota(facts, { instances: 10, cores: 20 });
  lines.push(
    `      ${names.length} on a real cloud: ${usualConcurrency} at a time ${seconds(ours.wall)} and ${requestsIn(ours.stderr, /\b(?:GET|POST|DELETE) http/g)} requests;` +
      ` a loop of openstack server create --wait, one at a time, ${seconds(theirs.wall)} and ${theirs.requests} requests`,
  );
}

/** As the lab's admin: Nova's default quota is too small for the twelve. */
async function setQuota(facts, { instances, cores }) {
  const admin = {
    PATH: process.env.PATH,
    OS_AUTH_URL: facts.OS_AUTH_URL,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: facts.LAB_ADMIN_USER,
    OS_PASSWORD: facts.LAB_ADMIN_PASSWORD,
    OS_USER_DOMAIN_NAME: facts.LAB_ADMIN_DOMAIN,
    OS_PROJECT_NAME: facts.LAB_ADMIN_PROJECT,
    OS_PROJECT_DOMAIN_NAME: facts.LAB_ADMIN_DOMAIN,
  };
  const limits = ['--instances', String(instances), '--cores', String(cores)];
  await ended('/usr/bin/openstack', ['quota', 'set', ...limits, facts.LAB_PROJECT_ID], admin);
}

async function openstackLoop(cloud, names, { image, size, network }) {
  const began = performance.now();
  let requests = 0;
  for (const name of names) {
    const chosen = ['--image', image, '--flavor', size, '--network', network];
    const words = ['server', 'create', '--wait', '--debug', ...chosen, name];
    const { stderr } = await ended('/usr/bin/openstack', words, cloud);
    requests += requestsIn(stderr, /REQ: curl/g);
  }
  const wall = performance.now() - began;
  await ended('/usr/bin/openstack', ['server', 'delete', '--wait', ...names], cloud);
  return { wall, requests };
}

function requestsIn(text, pattern) {
  return text.match(pattern)?.length ?? 0;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** From the sources: the bundle exports nothing. */
async function openSandbox() {
  const outfile = join(root, 'node_modules/.cache/nubes-nb-bench/sandbox.mjs');
  await build({
    ...{ entryPoints: [join(root, 'src/sandbox/sandbox.ts')], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
  });
  const { startSandbox } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  const sandbox = await startSandbox(pace);
  for (const { quota } of sandbox.cloud.projects) {
    Object.assign(quota, { instances: -1, cores: -1, ram: -1 });
  }
  return sandbox;
}

async function logIn(sandbox, folder) {
  const home = join(folder, 'batch');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1aWx0LWZvci10ZXN0cy1vbmx5LW5vLXByaXZhdGUt';
  writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), `${key} bench\n`);
  writeFileSync(join(home, 'config.toml'), `${sandbox.settingsToml}\n[limits]\nper_user = 400\n`);
  const environment = {
    ...{ PATH: process.env.PATH, HOME: home, NUBES_NB_CONFIG: join(home, 'config.toml') },
    NUBES_NB_SITE_CONFIG: join(home, 'no-site.toml'),
  };
  const { password } = sandbox.people.find(({ name }) => name === 'alice');
  const project = sandbox.projectsOf('alice')[0];
  const words = ['login', '-u', 'alice', '--project', project, '--password-stdin', '-q'];
  await timed(environment, words, password);
  return environment;
}

function writeKey(home) {
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const file = join(home, '.ssh', 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', file]);
}

async function timed(env, words, input = '', folder = undefined, codes = [0]) {
  const file = folder === undefined ? undefined : join(folder, 'batch-usage.json');
  const counted = file === undefined ? [] : ['--require', usage];
  const began = performance.now();
  const seen = await ended(
    process.execPath,
    [...counted, program, ...words],
    file === undefined ? env : { ...env, NUBES_BENCH_USAGE: file },
    input,
    codes,
  );
  const wall = performance.now() - began;
  const memory = file === undefined ? 0 : JSON.parse(readFileSync(file, 'utf8')).maxRSS / 1024;
  return { ...seen, wall, memory };
}

function ended(command, words, env, input = '', codes = [0]) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env, stdio: ['pipe', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      codes.includes(code)
        ? resolve({ stderr })
        : reject(
            new Error(`${command} ${words.join(' ')} exited ${code}: ${stderr.slice(-2_000)}`),
          ),
    );
    child.stdin.end(input);
  });
}
