import type { App } from '../../app.ts';
import { type Answers, writeAnswers } from '../../settings/first-file.ts';
import type { FirstFlags } from './first-flags.ts';

/**
 * Asks what neither flags nor settings say: the cloud, where to keep the session, LDAP. Writes all answers, after the
 * last one, into the user's settings file. Returns its path.
 */
export async function askForSettings(app: App, flags: FirstFlags = {}): Promise<string> {
  const { askForCloud } = await import('./cloud.ts');
  const { askForStore } = await import('./session-store.ts');
  const { askForLdap } = await import('./ldap.ts');
  const cloud = await askForCloud(app, flags);
  const store = await askForStore(app, flags.store);
  const ldap = await askForLdap(app, flags, siteOf(cloud));
  const { path } = await write(app, [...cloud, ...store, ...ldap]);
  return path;
}

function siteOf(answers: Answers): string | undefined {
  return answers.find(([key]) => key === 'site')?.[1];
}

async function write({ world, flags, terminal, places }: App, answers: Answers) {
  if (answers.length === 0) {
    terminal.info(`${places.config} is as it was.`);
    return { path: places.config };
  }
  const path = await writeAnswers(world, flags, answers);
  terminal.info(`Your answers are in ${path}.`);
  return { path };
}
