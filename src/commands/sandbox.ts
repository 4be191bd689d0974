import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { exitCodes, NubesError, reasonOf } from '../errors.ts';
import { newestRelease, type Release, releases } from '../sandbox/cloud/release.ts';
import type { Sandbox, SandboxOptions } from '../sandbox/sandbox.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { World } from '../world.ts';
import { alreadyPrinted } from './output/exit-code.ts';

interface StartOptions {
  readonly standIn?: boolean;
  readonly release?: Release;
}

interface RunOptions extends StartOptions {
  readonly as: string;
}

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  command.addHelpText(
    'after',
    '\nExamples:\n  nubes-nb sandbox demo\n  nubes-nb sandbox run -- bash\n  nubes-nb sandbox run --as bob -- nubes-nb ls',
  );
  command
    .command('start')
    .description('run the sandbox until Ctrl-C, for commands in other terminals')
    .option(...standIn)
    .addOption(releaseOption())
    .addHelpText('after', '\nExample:\n  nubes-nb sandbox start')
    .action(toAction(start));
  command
    .command('run')
    .description('run a command in the sandbox as a logged-in user, then delete the sandbox')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--as <user>', 'user to log in as: alice, bob, carol or quinn', 'alice')
    .option(...standIn)
    .addOption(releaseOption())
    .addHelpText('after', '\nExample:\n  nubes-nb sandbox run --as bob -- nubes-nb create mine')
    .action(toAction(run));
  command
    .command('demo')
    .description('show an example session, from login to logout, in under 20 seconds')
    .addHelpText('after', '\nExample:\n  nubes-nb sandbox demo')
    .action(toAction(demo));
}

const standIn = [
  '--stand-in',
  'use a stand-in for Jupyter, even if jupyter-lab is on the PATH',
] as const;

function releaseOption(): Option {
  return new Option('--release <name>', 'OpenStack release to behave like')
    .choices(releases)
    .default(newestRelease);
}

function sandboxOptions(
  { environment }: World,
  { standIn, release }: StartOptions,
): Pick<SandboxOptions, 'programPath' | 'release' | 'quotas'> {
  return {
    release,
    // The PATH is searched for a real Jupyter.
    programPath: standIn === true ? undefined : environment['PATH'],
    quotas: { 'jupyter-notebooks': roomForCourses, lpd: roomForCourses },
  };
}

/** The thirty and the twelve notebooks of docs/scripting.md fit, and a few more. */
const roomForCourses = { instances: 50, cores: 100, ram: 204_800 };

export async function start(
  { terminal, world, flags }: App,
  options: StartOptions,
): Promise<Report> {
  return withSandbox(sandboxOptions(world, options), async (sandbox) => {
    const { createWorkspace, shellWord } = await import('../sandbox/workspace.ts');
    const { openTerminal } = await import('../terminal/open.ts');
    const workspace = await createWorkspace(sandbox, world);
    try {
      const lines = Object.entries(workspace.variables)
        .filter(([name]) => name !== 'PATH')
        .map(([name, value]) => `export ${name}=${shellWord(value)}`);
      await terminal.print({
        data: {
          authUrl: sandbox.authUrl,
          ldapUrl: sandbox.ldapUrl,
          variables: workspace.variables,
        },
        text: () => lines,
      });
      // The variables name the cloud, not the flags of this command.
      printInstructions(sandbox, openTerminal(world, { quiet: flags.quiet === true }));
      await untilInterrupted(world);
    } finally {
      await workspace.remove();
    }
    return alreadyPrinted(0);
  });
}

export async function run(
  { world, terminal }: App,
  command: readonly string[],
  { as, ...options }: RunOptions,
): Promise<Report> {
  const [program = '', ...rest] = command;
  return withSandbox(sandboxOptions(world, options), async (sandbox) => {
    const { createWorkspace } = await import('../sandbox/workspace.ts');
    const { runAttached } = await import('../sandbox/child.ts');
    const workspace = await createWorkspace(sandbox, world);
    const { environment } = workspace;
    try {
      await logIn(sandbox, as, world, environment);
      terminal.info(`Logged in as ${as} to a sandbox that ends with ${program}.`);
      const onTerminal = world.stdin.isTTY === true;
      const { cwd, passSignals } = world;
      const exitCode = await runAttached([program, ...rest], {
        environment,
        cwd,
        passSignals,
        onTerminal,
      }).catch((error: NodeJS.ErrnoException) => {
        throw new NubesError('USAGE', `Cannot run ${program}: ${whyNot(error)}.`);
      });
      return alreadyPrinted(exitCode);
    } finally {
      await workspace.remove();
    }
  });
}

export async function demo({ world, terminal }: App): Promise<Report> {
  const startedAt = world.now();
  const asData = ['json', 'ndjson'].includes(terminal.output);
  const print = (text: string) => {
    (asData ? world.stderr : world.stdout).write(text);
  };
  return withSandbox({}, async (sandbox) => {
    const { runDemo } = await import('../sandbox/demo.ts');
    const steps = await runDemo(sandbox, world, print);
    const exitCode = steps.find((step) => step.exitCode !== 0)?.exitCode ?? 0;
    const seconds = ((world.now().getTime() - startedAt.getTime()) / 1000).toFixed(1);
    return {
      data: { steps },
      text: () =>
        exitCode === 0
          ? `# All of this ran against a cloud inside this program (${seconds} s). Nothing is left behind.`
          : '# The last command failed.',
      exitCode,
    };
  });
}

async function withSandbox<Result>(
  options: SandboxOptions,
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  const sandbox = await startSandbox(options);
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

async function logIn(
  sandbox: Sandbox,
  name: string,
  { self, interrupted }: World,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const person = sandbox.people.find((candidate) => candidate.name === name);
  if (person === undefined) {
    throw new NubesError('USAGE', `The sandbox has no user ${name}.`, {
      hint: `use --as with one of ${sandbox.people.map((one) => one.name).join(', ')}`,
    });
  }
  const { runCaptured } = await import('../sandbox/child.ts');
  const [project] = sandbox.projectsOf(name);
  const args = ['login', '--username', name, '--password-stdin', '--no-input'];
  if (project !== undefined) args.push('--project', project);
  const { exitCode, output } = await runCaptured([...self.command, ...args], {
    environment,
    cwd: '/',
    input: person.password,
    signal: interrupted,
  });
  if (exitCode === 0) return;
  const reason = /^error: (.+)$/m.exec(output)?.[1] ?? 'the login failed.';
  const code = exitCode === exitCodes.NOT_ALLOWED ? 'NOT_ALLOWED' : 'LOGIN_REFUSED';
  throw new NubesError(code, `${name} cannot log in: ${reason}`);
}

function printInstructions({ people }: Sandbox, { info }: Terminal): void {
  info('The sandbox runs until Ctrl-C. In another terminal, paste the lines above, then run:');
  info('  nubes-nb login');
  info('Users and passwords:');
  for (const { name, password } of people) info(`  ${name.padEnd(6)} ${password}`);
}

async function untilInterrupted({ interrupted }: World): Promise<void> {
  if (interrupted.aborted) return;
  await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program';
  return code === undefined ? message : reasonOf(code);
}
