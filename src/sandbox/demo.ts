import type { World } from '../world.ts';
import { type Ended, listenTo } from './child.ts';
import type { Sandbox } from './sandbox.ts';
import { askThroughTunnel } from './tunnel.ts';
import { openWorkplace, type Workplace } from './workspace.ts';

/** A command line of the story, as it went. */
export interface Step {
  readonly command: string;
  readonly exitCode: number;
}

type Tell = (text: string) => void;

const person = 'alice';
const notebook = 'lpd-tests';

/**
 * Tells the README's story with the real program: each command line and what it says. Ends at the
 * first command that fails.
 */
export async function tellStory(sandbox: Sandbox, world: World, tell: Tell): Promise<Step[]> {
  const workplace = await openWorkplace(sandbox, world);
  try {
    return await story(sandbox, world, workplace, tell);
  } finally {
    await workplace.remove();
  }
}

async function story(
  sandbox: Sandbox,
  world: World,
  workplace: Workplace,
  tell: Tell,
): Promise<Step[]> {
  const steps: Step[] = [];
  const run = (words: string, input?: string, heard?: Tell) =>
    program(world, workplace, words.split(' '), input, heard);
  const show = async (words: string, input?: string): Promise<Ended> => {
    const command = `nubes-nb ${words}`;
    tell(`$ ${command}\n`);
    const ended = await run(words, input, tell);
    tell('\n');
    steps.push({ command, exitCode: ended.exitCode });
    if (ended.exitCode !== 0) throw new StoryEnds();
    return ended;
  };

  const password = sandbox.people.find(({ name }) => name === person)?.password ?? '';
  try {
    await show(`login --username ${person} --password-stdin`, password);
    await show('whoami');
    await show(`create ${notebook}`);
    await show('ls');
    const { output: url } = await show(`url ${notebook}`);
    const { output: shown } = await run(`show ${notebook} --json`);
    if (!(await throughTunnel(shown, url, tell))) steps.push({ command: 'ssh', exitCode: 1 });
    await show(`stop ${notebook}`);
    await show('ls');
    await show(`start ${notebook}`);
    await show(`delete ${notebook} --yes`);
    await show('logout');
  } catch (error) {
    if (!(error instanceof StoryEnds)) throw error;
  }
  return steps;
}

class StoryEnds extends Error {}

/** What a person does with the tunnel line and a browser; false when Jupyter did not answer. */
async function throughTunnel(shown: string, said: string, tell: Tell): Promise<boolean> {
  const { tunnel } = JSON.parse(shown) as { tunnel: { argv: string[] } | null };
  const url = /^http:\S+$/m.exec(said)?.[0] ?? '';
  const status = await askThroughTunnel(tunnel?.argv ?? [], url.replace(/\/\w+\?/, '/api/status?'));
  tell(`# ${remarks(status)}\n\n`);
  return status === 200 || status === 'no ssh';
}

function remarks(status: number | string): string {
  if (status === 'no ssh') return 'This computer has no ssh, so the tunnel stays closed.';
  return `Through the tunnel, opened with the system's ssh, Jupyter gives ${status}.`;
}

function program(
  world: World,
  workplace: Workplace,
  words: readonly string[],
  input?: string,
  heard?: Tell,
): Promise<Ended> {
  const { node, script } = world.self;
  return listenTo([node, script, ...words], {
    environment: workplace.environment,
    cwd: workplace.folder,
    signal: world.interrupted,
    ...(input === undefined ? {} : { input }),
    ...(heard === undefined ? {} : { heard }),
  });
}
