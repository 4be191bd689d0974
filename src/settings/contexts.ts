import type { GlobalFlags, World } from '../world.ts';
import { chosenContext, contextNames, readSources, resolve } from './sources.ts';

/** A context as `context list` shows it. */
export interface ContextSummary {
  readonly name: string;
  readonly current: boolean;
  readonly authUrl: string | null;
  readonly project: string | null;
}

/** Every [contexts.NAME] of both files. A chosen one that does not exist is nobody's here. */
export async function listContexts(
  world: World,
  flags: GlobalFlags,
): Promise<{ readonly contexts: readonly ContextSummary[]; readonly warnings: readonly string[] }> {
  const sources = await readSources(world, flags);
  const current = chosenContext(flags, sources)?.value;
  const contexts = contextNames(sources).map((name) => {
    const resolved = resolve(sources, name);
    const text = (key: string) => String(resolved.get(key)?.value ?? '') || null;
    return {
      name,
      current: name === current,
      authUrl: text('openstack.auth_url'),
      project: text('openstack.project'),
    };
  });
  return { contexts, warnings: sources.warnings };
}
