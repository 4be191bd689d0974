import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretsIn, secretsSeen } from './real/support/secrets.ts';
import { type Workbench, workbench } from './support/workbench.ts';

/** A place where a secret could be left, with all its text. */
interface Find {
  readonly place: string;
  readonly text: string;
}

let bench: Workbench;
const said: Find[] = [];
const kept: Find[] = [];
const inNova: Find[] = [];
let modes: readonly (readonly [string, number])[] = [];
/** The names of the session's secrets, by value. */
let session = new Map<string, string>();
let jupyterToken = '';

/** A whole session, run once; the tests check what it leaves. */
beforeAll(async () => {
  bench = await workbench();
  const { name, password } = bench.sandbox.people.find((each) => each.name === 'carol') ?? {
    name: '',
    password: '',
  };
  const tell = async (words: string, stdin?: string) => {
    const seen = await bench.nb(words, stdin === undefined ? {} : { stdin });
    said.push({ place: words, text: seen.stdout + seen.stderr });
    return seen;
  };
  await tell(`login -u ${name} --password-stdin --debug`, 'wrong-password\n');
  await tell(`login -u ${name} --password-stdin --debug`, `${password}\n`);
  session = new Map([
    ...secretsIn(Object.values(secretsFile())),
    [password, 'password'],
    ['wrong-password', 'wrong password'],
  ]);
  const { stdout } = await tell('create thesis --debug');
  jupyterToken = /token=([0-9a-f]{32})/.exec(stdout)?.[1] ?? '';
  for (const words of ['url thesis', 'ls -o wide --debug', 'show thesis --json', 'whoami --json']) {
    await tell(words);
  }
  bench.pass(5 * 3_600_000);
  await tell('stop thesis --debug');
  await tell('start thesis --debug');
  for (const [secret, word] of secretsIn(Object.values(secretsFile()))) session.set(secret, word);
  kept.push(...filesBelow(bench.home));
  modes = stateFiles().map((file) => [relative(bench.home, file), statSync(file).mode & 0o777]);
  inNova.push(...(await novaKnows()));
  await tell('config list --json');
  await tell('show nothing --json --debug');
  await tell('delete thesis --yes --debug');
  await tell('logout --debug');
  await tell('ls --debug');
  for (const secret of bench.sandbox.cloud.issuedSecrets())
    session.set(secret, 'issued by OpenStack');
});
afterAll(() => bench.close());

function secretsFile(): Record<string, string> {
  return JSON.parse(readFileSync(join(bench.stateFolder, 'secrets.json'), 'utf8')).secrets;
}

function stateFiles(): string[] {
  return readdirSync(bench.stateFolder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(bench.stateFolder, entry.name));
}

function filesBelow(folder: string): Find[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ place: relative(folder, path), text: readFileSync(path, 'utf8') }));
}

async function novaKnows(): Promise<Find[]> {
  const [server] = bench.sandbox.cloud.servers.values();
  if (server === undefined) throw new Error('there is no server');
  // The renewed token: the first one has expired.
  const [token = ''] = [...session].filter(([, word]) => word.endsWith("'s token")).at(-1) ?? [];
  const { endpoints } = bench.sandbox.cloud;
  const reply = await fetch(`${endpoints.compute}/servers/${server.id}/action`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
    body: JSON.stringify({ 'os-getConsoleOutput': {} }),
  });
  return [
    { place: 'user data', text: Buffer.from(server.userData ?? '', 'base64').toString() },
    { place: 'metadata', text: JSON.stringify(server.metadata) },
    { place: 'labels', text: [server.name, server.description, ...server.tags].join('\n') },
    { place: 'console', text: ((await reply.json()) as { output: string }).output },
  ];
}

const leaks = (finds: readonly Find[], secrets: ReadonlyMap<string, string>) =>
  finds.flatMap(({ place, text }) => secretsSeen(text, secrets).map((word) => `${place}: ${word}`));
const withJupyter = () => new Map([...session, [jupyterToken, 'Jupyter token']]);

describe('the story of a session and a notebook', () => {
  test('the recorded commands of a session and a notebook succeed', () => {
    expect(jupyterToken).toHaveLength(32);
    expect([...new Set(session.values())].sort()).toEqual([
      'issued by OpenStack',
      "keyring's root",
      'password',
      'root secret',
      'wrong password',
    ]);
    expect(inNova.map(({ text }) => text.length > 20)).toEqual([true, true, true, true]);
    expect(said.find(({ place }) => place.startsWith('delete'))?.text).toContain('is deleted');
  });

  test('the secrets of a session are in one private file', () => {
    const secretFile = ({ place }: Find) => place.endsWith('secrets.json');
    expect(leaks(kept.filter(secretFile), session)).not.toEqual([]);
    expect(
      leaks(
        kept.filter((find) => !secretFile(find)),
        withJupyter(),
      ),
    ).toEqual([]);
    expect(modes.map(([file]) => file)).toContain('.local/state/nubes-nb/secrets.json');
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  });

  test('no file holds the password or the Jupyter token', () => {
    const secrets = new Map([...withJupyter()].filter(([, word]) => /password|Jupyter/.test(word)));
    expect(secrets.size).toBe(3);
    expect(leaks(kept, secrets)).toEqual([]);
  });

  test('no file holds a secret after logout', () => {
    expect(leaks(filesBelow(bench.home), withJupyter())).toEqual([]);
  });

  test('Nova holds no secret in user data, metadata, tags, description or console', () => {
    expect(leaks(inNova, withJupyter())).toEqual([]);
  });

  test('no output holds a secret, with --debug either', () => {
    expect(said.some(({ text }) => /GET .* 200/.test(text))).toBe(true);
    expect(leaks(said, session)).toEqual([]);
  });

  test('the Jupyter token is printed only by the commands that are asked for it', () => {
    const places = leaks(said, new Map([[jupyterToken, 'token']]));
    expect(places).toEqual(['create thesis --debug: token', 'url thesis: token']);
  });

  test('no request has a secret in its URL', () => {
    const addresses = bench.sandbox.cloud.requests.map(({ method, path, query }) => ({
      place: `${method} ${path}`,
      text: `${path}?${query} ${decodeURIComponent(query)}`,
    }));
    expect(addresses.length).toBeGreaterThan(20);
    expect(leaks(addresses, withJupyter())).toEqual([]);
  });
});
