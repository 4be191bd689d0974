import type { App } from './app.ts';
import { NubesError, timedOut } from './errors.ts';
import { applicableHint } from './hints.ts';
import { ConnectionError } from './openstack/errors.ts';

/**
 * The error of a command as users need it: a request that the time of the command ended has TIMED_OUT, a misspelt
 * name the similar one, a hint at the cloud team its address, and the commands of a hint the flags that name the cloud.
 */
export async function explained(error: unknown, app: App): Promise<unknown> {
  if (error instanceof NubesError && error.code === 'NOT_FOUND') {
    const { withSuggestion } = await import('./notebooks/suggestion.ts');
    return applicable(await withSuggestion(error, app.deps), app);
  }
  const isTimeout = error instanceof ConnectionError && error.reason === 'timeout';
  if (isTimeout && app.time.isOver()) {
    return timedOut(
      `${error.service} did not answer`,
      'run the same command with a longer --timeout',
      error.requestId,
    );
  }
  return error instanceof NubesError ? applicable(await withSupport(error, app), app) : error;
}

function applicable(error: unknown, app: Pick<App, 'flags' | 'world'>): unknown {
  if (!(error instanceof NubesError) || error.hint === undefined) return error;
  const { code, message, requestId } = error;
  const hint = applicableHint(error.hint, app);
  return hint === error.hint
    ? error
    : new NubesError(code, message, { hint, requestId, cause: error });
}

const team = /\b(?:ask )?(?:your|the) cloud team\b/;

async function withSupport(error: NubesError, app: App): Promise<NubesError> {
  const { code, message, hint, requestId } = error;
  if (hint === undefined || !team.test(hint)) return error;
  const settings = await app.settings().catch(() => undefined);
  const support = settings?.siteTeam.support;
  if (support === undefined) return error;
  return new NubesError(code, message, {
    hint: hint.replace(team, (words) => `${words} (${support})`),
    requestId,
    cause: error,
  });
}
