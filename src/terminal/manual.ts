import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from '../child-environment.ts';
import { NubesError } from '../errors.ts';
import { withStreams } from '../spawned.ts';
import type { World } from '../world.ts';

/**
 * Shows a page of the manual with the system's `man` and its pager, which may ask the terminal. Throws CONFIGURATION
 * if there is no man that reads a page from stdin: macOS has none that does.
 */
export async function showPage(page: string, world: World, help: string): Promise<void> {
  const child = withStreams(
    spawn('man', ['-l', '-'], {
      env: childEnvironment('pager', world.environment),
      stdio: ['pipe', 'inherit', 'inherit'],
    }),
  );
  // A terminal sends Ctrl-C to the pager itself.
  const stopPassing = world.passSignals((signal) => {
    if (signal === 'SIGINT') return 'left';
    child.kill(signal);
    return undefined;
  });
  try {
    // A pager that is left early reads no more.
    child.stdin.on('error', () => {}).end(page);
    const [exitCode] = await once(child, 'close');
    if (exitCode !== 0) throw new Error(`man exited ${exitCode}`);
  } catch (error) {
    throw new NubesError('CONFIGURATION', 'The man of this computer cannot show the page.', {
      hint: `nubes-nb ${help}`,
      cause: error,
    });
  } finally {
    stopPassing();
  }
}
