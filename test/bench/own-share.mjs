// The client's own share of a list: the time of the command without that of its requests, as each client reports it.
import { spawnSync } from 'node:child_process';

const rounds = 9;

/** Milliseconds of ours and of `openstack server list`; the median of rounds in turn. `programs`: title to argv. */
export function ownShares(programs, environment) {
  const clients = [
    ...Object.entries(programs).map(([title, argv]) => [title, [...argv, 'ls', '--debug'], ours]),
    ['openstack server list', ['/usr/bin/openstack', '--timing', 'server', 'list'], theirs],
  ];
  const shares = new Map(clients.map(([title]) => [title, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [title, [command, ...argv], requestsMs] of clients) {
      const began = performance.now();
      const { status, stdout, stderr } = spawnSync(command, argv, {
        ...{ env: environment, encoding: 'utf8' },
      });
      const wall = performance.now() - began;
      if (status !== 0) throw new Error(`${title} exited ${status}: ${stderr}`);
      shares.get(title).push(wall - requestsMs(stdout, stderr));
    }
  }
  return Object.fromEntries([...shares].map(([title, all]) => [title, median(all)]));
}

/** Lines of `--debug`: `GET URL 200 13 ms …`. */
function ours(_stdout, stderr) {
  return sum([...stderr.matchAll(/^(?:GET|POST) \S+ \d+ (\d+) ms/gm)].map(([, ms]) => Number(ms)));
}

/** The rows `| GET URL | 0.013 |` of `--timing`, without that of the total. */
function theirs(stdout) {
  return sum([...stdout.matchAll(/^\| [A-Z]+ \S+ +\| +([\d.]+) \|$/gm)].map(([, s]) => s * 1_000));
}

function sum(values) {
  if (values.length === 0) throw new Error('no request was reported');
  return values.reduce((one, other) => one + other, 0);
}

function median(values) {
  return values.toSorted((one, other) => one - other)[values.length >> 1];
}
