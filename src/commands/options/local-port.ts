import { NubesError } from '../../errors.ts';

/** Throws USAGE unless the text is a port. */
export function portFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new NubesError('USAGE', `'${text}' is not a port.`, {
    hint: '--local-port takes a number from 1 to 65535, preferably above 1023',
  });
}
