import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { World } from '../world.ts';
import { type ExitResult, runCaptured } from './child.ts';
import type { Sandbox } from './sandbox.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A command of the demo and its exit code. */
export interface Step {
  readonly command: string;
  readonly exitCode: number;
}

type Print = (text: string) => void;

const username = 'alice';
const notebook = 'lpd-tests';

/**
 * Runs the README's example session with the real program and prints each command with its output.
 * Stops at the first command that fails.
 */
export async function runDemo(sandbox: Sandbox, world: World, print: Print): Promise<Step[]> {
  const workspace = await createWorkspace(sandbox, world);
  try {
    return await runSteps(sandbox, world, workspace, print);
  } finally {
    await workspace.remove();
  }
}

async function runSteps(
  sandbox: Sandbox,
  world: World,
  workspace: Workspace,
  print: Print,
): Promise<Step[]> {
  const steps: Step[] = [];
  const run = (args: string, input?: string, onOutput?: Print) =>
    runProgram(world, workspace, args.split(' '), input, onOutput);
  const show = async (args: string, input?: string): Promise<ExitResult> => {
    const command = `nubes-nb ${args}`;
    print(`$ ${command}\n`);
    const result = await run(args, input, print);
    print('\n');
    steps.push({ command, exitCode: result.exitCode });
    if (result.exitCode !== 0) throw new CommandFailed();
    return result;
  };

  const password = sandbox.people.find(({ name }) => name === username)?.password ?? '';
  try {
    await show(`login --username ${username} --password-stdin`, password);
    await show('whoami');
    await show(`create ${notebook}`);
    await show('ls');
    const { output: url } = await show(`url ${notebook}`);
    const { output: showOutput } = await run(`show ${notebook} --json`);
    if (!(await requestThroughTunnel(showOutput, url, workspace, print)))
      steps.push({ command: 'ssh', exitCode: 1 });
    await show(`stop ${notebook}`);
    await show('ls');
    await show(`start ${notebook}`);
    await show(`delete ${notebook} --yes`);
    await show('logout');
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
  }
  return steps;
}

class CommandFailed extends Error {}

/** Does what a user does with the tunnel command and a browser; false if Jupyter did not answer. */
async function requestThroughTunnel(
  showOutput: string,
  urlOutput: string,
  { environment }: Workspace,
  print: Print,
): Promise<boolean> {
  const { tunnel } = JSON.parse(showOutput) as { tunnel: { argv: string[] } | null };
  const url = /^http:\S+$/m.exec(urlOutput)?.[0] ?? '';
  const status = await statusThroughTunnel(
    tunnel?.argv ?? [],
    url.replace(/\/\w+\?/, '/api/status?'),
    { PATH: environment['PATH'], HOME: environment['HOME'] },
  );
  print(`# ${tunnelRemark(status)}\n\n`);
  return status === 200 || status === 'no ssh';
}

function tunnelRemark(status: number | string): string {
  if (status === 'no ssh') return 'ssh is not installed on this computer, so no tunnel was opened.';
  return `Through a tunnel opened with the system's ssh, Jupyter answers ${status}.`;
}

function runProgram(
  world: World,
  workspace: Workspace,
  args: readonly string[],
  input?: string,
  onOutput?: Print,
): Promise<ExitResult> {
  return runCaptured([...world.self.command, ...args], {
    environment: workspace.environment,
    cwd: workspace.folder,
    signal: world.interrupted,
    ...(input === undefined ? {} : { input }),
    ...(onOutput === undefined ? {} : { onOutput }),
  });
}

const tunnelTimeoutMs = 5_000;

/**
 * Requests Jupyter's status through a tunnel opened with the system's ssh. Returns the HTTP status,
 * `no ssh` if ssh is not installed, or `no answer` after `tunnelTimeoutMs`.
 */
export async function statusThroughTunnel(
  argv: readonly string[],
  statusUrl: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<number | 'no ssh' | 'no answer'> {
  const [program = 'ssh', ...rest] = argv;
  const ssh = spawn(program, rest, { env: environment, stdio: 'ignore' });
  let ended: 'no ssh' | 'no answer' | undefined;
  ssh.on('error', () => {
    ended = 'no ssh';
  });
  ssh.on('close', () => {
    ended ??= 'no answer';
  });
  try {
    const deadline = Date.now() + tunnelTimeoutMs;
    while (ended === undefined && Date.now() < deadline) {
      const status = await statusOf(statusUrl);
      if (status !== undefined) return status;
      await setTimeout(50);
    }
    return ended ?? 'no answer';
  } finally {
    ssh.kill();
  }
}

/** `fetch` would use the proxy of the environment in the executable. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('timeout', () => resolve(undefined))
      .on('error', () => resolve(undefined));
  });
}
