import type { Deps } from './deps.ts';
import { NoSuchNotebook } from './errors.ts';
import { listOwn } from './find.ts';
import { nameOf } from './identity.ts';

/** The error of a misspelt name with the similar name of a notebook, which takes one more request; others unchanged. */
export async function withSuggestion(error: unknown, deps: () => Promise<Deps>): Promise<unknown> {
  if (!(error instanceof NoSuchNotebook)) return error;
  const { notebookName } = error;
  try {
    const names = (await listOwn(await deps())).map(nameOf);
    const { similarOf } = await import('../settings/nearest.ts');
    return new NoSuchNotebook(notebookName, similarOf(notebookName, names));
  } catch {
    return error;
  }
}
