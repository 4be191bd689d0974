import { resolve } from 'node:path';
import { ifRefused, readIfThere } from '../bounded-file.ts';

/** The names of the configuration files in what `ssh -v` prints on stderr. */
export function configFilesIn(stderr: readonly string[]): string[] {
  const prefix = 'debug1: Reading configuration data ';
  const read = stderr.flatMap((line) =>
    line.startsWith(prefix) ? [line.slice(prefix.length)] : [],
  );
  return [...new Set(read)];
}

const maxFileBytes = 1024 * 1024;

/** Whether these configuration files may set a proxy for some host. True if they cannot be read, or if there are none. */
export function mayNameProxy(files: readonly string[], cwd: string): boolean {
  const texts = files.map((file) =>
    ifRefused(
      () => readIfThere(resolve(cwd, file), maxFileBytes)?.bytes.toString('latin1'),
      () => undefined,
    ),
  );
  return texts.length === 0 || texts.some((text) => text === undefined || mentionsProxy(text));
}

/**
 * An `Include` in the block of some host counts, as ssh may not have read it for another one. Comments do not: Debian's
 * file has one with a ProxyCommand.
 */
export function mentionsProxy(text: string): boolean {
  const settings = text.replace(/^[^\S\n]*#.*$/gm, '');
  const firstBlock = settings.search(/^\s*"?(?:host|match)\b/im);
  const blocks = firstBlock === -1 ? '' : settings.slice(firstBlock);
  return /proxy(?:jump|command)/i.test(settings) || /^\s*"?include\b/im.test(blocks);
}
