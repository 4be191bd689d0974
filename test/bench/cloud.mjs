// The embedded cloud in this process, without VMs behind its servers, so that it can have many.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** From the sources: the bundle exports nothing. */
export async function openCloud(options = {}) {
  const outfile = join(root, `node_modules/.cache/nubes-nb-bench/cloud-${process.pid}.mjs`);
  await build({
    ...{ entryPoints: [join(root, 'src/sandbox/cloud/cloud.ts')], outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
  });
  const { startCloud } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  const cloud = await startCloud(options);
  for (const { quota } of cloud.projects) {
    Object.assign(quota, { instances: -1, cores: -1, ram: -1, ports: -1 });
  }
  return cloud;
}

/** Adds notebooks of the user, numbered from `first`, a second apart. */
export function addNotebooks(cloud, user, count, first = 0) {
  const began = Date.now() - 100_000_000;
  for (let at = first; at < first + count; at += 1) {
    const name = `notebook-${at}`;
    cloud.addServer({
      ...{ user, name: `nb-${user}-${name}`, created: new Date(began + at * 1_000) },
      status: at % 3 === 0 ? 'SHUTOFF' : 'ACTIVE',
      tags: ['nubes-nb', `nubes-nb.u=${user}`, `nubes-nb.n=${name}`],
      metadata: {
        ...{ 'nubes-nb:schema': '1', 'nubes-nb:user': user, 'nubes-nb:notebook': name },
        ...{ 'nubes-nb:ref': `${user}/${name}`, 'nubes-nb:version': '0.1.0' },
        'nubes-nb:request': `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
        'nubes-nb:image': 'jupyter-notebook-2026.11',
        ...{ 'nubes-nb:account': user, 'nubes-nb:port': '8888', 'nubes-nb:token': '0123456789ab' },
      },
    });
  }
}

/** A home with settings and alice's login; returns the environment. Without a PATH no ssh is started. */
export async function logIn(cloud, home, program) {
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1aWx0LWZvci10ZXN0cy1vbmx5LW5vLXByaXZhdGUt';
  writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), `${key} bench\n`);
  writeFileSync(join(home, 'config.toml'), settings(cloud));
  const environment = {
    ...{ PATH: '', HOME: home, NUBES_NB_CONFIG: join(home, 'config.toml') },
    NUBES_NB_SITE_CONFIG: join(home, 'no-site.toml'),
  };
  const words = [
    'login',
    '-u',
    'alice',
    '--project',
    'jupyter-notebooks',
    '--password-stdin',
    '-q',
  ];
  const { password } = cloud.users.find(({ name }) => name === 'alice');
  await ended([...program, ...words], environment, password);
  return environment;
}

const settings = ({ authUrl }) => `[openstack]
auth_url = ${JSON.stringify(authUrl)}
user_domain = "stfc"
[session]
store = "file"
[notebook]
image = "jupyter-notebook-2026.11"
size = "l3.nano"
network = "Internal"
[limits]
per_user = 1000
`;

/** Runs a command without blocking the cloud. `firstMs`: until its first output. */
export function ended([file, ...words], env, input = '') {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, words, { env });
    const seen = { firstMs: undefined, wallMs: 0, bytes: 0 };
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      seen.firstMs ??= performance.now() - began;
      seen.bytes += chunk.length;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const wallMs = performance.now() - began;
      if (code === 0) resolve({ ...seen, wallMs });
      else reject(new Error(`${words.join(' ')} exited ${code}: ${stderr.slice(-2_000)}`));
    });
    child.stdin.end(input);
  });
}
