import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { type Report, sentences } from '../terminal/report.ts';
import { identityReport } from './output/login.ts';

export function declare(command: Command, toAction: ToAction): void {
  command
    .option('--check', 'ask Keystone whether the login is still valid (exit 4 if not)')
    .addHelpText('after', '\nExample:\n  nubes-nb whoami --check')
    .action(toAction(whoami));
}

export async function whoami(app: App, { check }: { readonly check?: boolean }): Promise<Report> {
  const session = await app.session();
  if (check) {
    const { checkSession } = await import('../session/renewal.ts');
    await checkSession(await app.http(), session);
  }
  const report = identityReport(session, app.terminal.now());
  const { roles, method, accessRules } = session;
  const rules = accessRules ? ' with access rules' : '';
  const means = method === 'token' ? 'a token' : `an application credential${rules}`;
  const { support } = (await app.settings()).siteTeam;
  const authenticated = `Authenticated by ${means} at ${session.authUrl}.`;
  return {
    ...report,
    text: (display) => [
      ...[report.text?.(display) ?? []].flat(),
      ...sentences(
        `Roles: ${roles.join(', ') || 'none'}. ${authenticated}`,
        ...(support === undefined ? [] : [`Help: ${support}`]),
      ),
    ],
  };
}
