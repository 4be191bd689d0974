import type { App } from '../../app.ts';
import type { Report } from '../../terminal/report.ts';

/**
 * Turns a command's function into a commander action: it gets the context, then commander's
 * arguments and options, and its report is printed.
 */
export type Act = <Given extends unknown[]>(
  run: (app: App, ...given: Given) => Promise<Report>,
) => (...commanderArguments: unknown[]) => Promise<void>;
