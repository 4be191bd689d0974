import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const usage = fileURLToPath(new URL('usage.cjs', import.meta.url));
const program = fileURLToPath(new URL('../../bin/nubes-nb.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-bench-'));
const rounds = 15;
const onNode20 = process.versions.node.startsWith('20.');

/** The cheapest of many rounds: what else the machine does only adds. */
function measure(argv) {
  const file = join(folder, 'usage.json');
  const runs = Array.from({ length: rounds }, () => {
    const { status, stderr } = spawnSync(process.execPath, ['--require', usage, ...argv], {
      env: { ...process.env, NUBES_BENCH_USAGE: file },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${argv.join(' ')} exited ${status}: ${stderr}`);
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(file, 'utf8'));
    return { cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1024 };
  });
  return {
    cpu: Math.min(...runs.map(({ cpu }) => cpu)),
    memory: Math.min(...runs.map(({ memory }) => memory)),
  };
}

function wall(command, argv, environment) {
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    const { status } = spawnSync(command, argv, { env: environment, stdio: 'ignore' });
    if (status !== 0) throw new Error(`${command} exited ${status}`);
    return performance.now() - began;
  });
  return Math.min(...times);
}

const lines = [];
function judge(what, value, budget, unit = '×') {
  const met = value <= budget;
  lines.push(
    `${met ? 'ok  ' : 'OVER'}  ${what.padEnd(48)} ${value.toFixed(2)} ${unit} (budget ${budget})`,
  );
  if (!met) process.exitCode = 1;
}

for (let index = 1; index <= 10; index += 1) {
  execFileSync(process.execPath, [program, 'create', `bench-${index}`, '--no-wait', '-q'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const bare = measure(['-e', '0']);
lines.push(
  `      node -e 0: ${(bare.cpu * 1000).toFixed(0)} ms CPU, ${bare.memory.toFixed(0)} MiB`,
);
for (const flag of ['--version', '--help']) {
  judge(
    `${flag}: CPU of node -e 0`,
    measure([program, flag]).cpu / bare.cpu,
    onNode20 ? 1.25 : 1.5,
  );
}
const ls = measure([program, 'ls']);
judge('ls, warm, 10 notebooks: CPU of node -e 0', ls.cpu / bare.cpu, onNode20 ? 1.6 : 3);
judge('ls, warm, 10 notebooks: memory of node -e 0', ls.memory / bare.memory, 1.5);

const trace = spawnSync(process.execPath, [program, 'ls', '--debug'], { encoding: 'utf8' });
judge('ls, warm: HTTP requests', trace.stderr.match(/\b(GET|POST) http/g)?.length ?? 0, 1, '');

const lab = process.env.LAB_DIR ?? '/tmp/nubes-lab';
if (existsSync(join(lab, 'lab.json')) && existsSync('/usr/bin/openstack')) {
  const facts = JSON.parse(readFileSync(join(lab, 'lab.json'), 'utf8'));
  const home = mkdtempSync(join(folder, 'home-'));
  const cloud = {
    PATH: process.env.PATH,
    HOME: home,
    OS_AUTH_URL: facts.OS_AUTH_URL,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: facts.LAB_USER_ALICE,
    OS_PASSWORD: facts.LAB_USER_ALICE_PASSWORD,
    OS_USER_DOMAIN_NAME: facts.LAB_LDAP_DOMAIN,
    OS_PROJECT_NAME: facts.LAB_PROJECT,
    OS_PROJECT_DOMAIN_NAME: facts.LAB_PROJECT_DOMAIN,
    NUBES_NB_SESSION_STORE: 'file',
  };
  execFileSync(process.execPath, [program, 'login', '--from-openstack-env', '-q'], { env: cloud });
  const ours = wall(process.execPath, [program, 'ls'], cloud);
  const theirs = wall('/usr/bin/openstack', ['server', 'list'], cloud);
  execFileSync(process.execPath, [program, 'logout', '-q'], { env: cloud });
  lines.push(
    `${theirs / ours >= 8 ? 'ok  ' : 'OVER'}  ${'ls on a real cloud, faster than openstack'.padEnd(48)} ${(theirs / ours).toFixed(1)} × (budget ≥ 8)`,
  );
  if (theirs / ours < 8) process.exitCode = 1;
} else {
  lines.push('      no OpenStack lab is up: `openstack server list` is not compared');
}

console.log(lines.join('\n'));
rmSync(folder, { recursive: true, force: true });
