import type { World } from '../world.ts';
import { type ExitResult, runCaptured } from './child.ts';
import type { Sandbox } from './sandbox.ts';
import { statusThroughTunnel } from './tunnel.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A command line of the story, as it went. */
export interface Step {
  readonly command: string;
  readonly exitCode: number;
}

type Print = (text: string) => void;

const username = 'alice';
const notebook = 'lpd-tests';

/**
 * Tells the README's story with the real program: each command line and what it says. Ends at the
 * first command that fails.
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
    if (!(await requestThroughTunnel(showOutput, url, print)))
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

/** What a person does with the tunnel line and a browser; false when Jupyter did not answer. */
async function requestThroughTunnel(
  showOutput: string,
  urlOutput: string,
  print: Print,
): Promise<boolean> {
  const { tunnel } = JSON.parse(showOutput) as { tunnel: { argv: string[] } | null };
  const url = /^http:\S+$/m.exec(urlOutput)?.[0] ?? '';
  const status = await statusThroughTunnel(
    tunnel?.argv ?? [],
    url.replace(/\/\w+\?/, '/api/status?'),
  );
  print(`# ${tunnelRemark(status)}\n\n`);
  return status === 200 || status === 'no ssh';
}

function tunnelRemark(status: number | string): string {
  if (status === 'no ssh') return 'This computer has no ssh, so the tunnel stays closed.';
  return `Through the tunnel, opened with the system's ssh, Jupyter gives ${status}.`;
}

function runProgram(
  world: World,
  workspace: Workspace,
  args: readonly string[],
  input?: string,
  onOutput?: Print,
): Promise<ExitResult> {
  const { node, script } = world.self;
  return runCaptured([node, script, ...args], {
    environment: workspace.environment,
    cwd: workspace.folder,
    signal: world.interrupted,
    ...(input === undefined ? {} : { input }),
    ...(onOutput === undefined ? {} : { onOutput }),
  });
}
