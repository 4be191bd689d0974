import { NubesError, withPosition } from '../../errors.ts';
import { checkedKey, readGivenKey } from '../../ssh/given-key.ts';

/** The file of a further public key, relative to the working directory. */
export interface AlsoKey {
  readonly file: string;
  /** Where it is written, for messages; a flag has no position. */
  readonly position?: string | undefined;
}

/** Nova limits the size of the user data. */
const maxKeys = 20;

/** The lines of further keys of the owner, from files and the settings, each once. Throws USAGE, CONFIGURATION. */
export function readAlsoKeys(
  cwd: string,
  given: readonly AlsoKey[],
  setting: readonly string[],
): readonly string[] {
  const lines = [...given.map((key) => readAt(cwd, key)), ...setting.map(checkedSetting)];
  const byData = new Map(lines.map((line) => [line.split(' ')[1], line]));
  if (byData.size <= maxKeys) return [...byData.values()];
  throw new NubesError(
    'USAGE',
    `A notebook is created with at most ${maxKeys} further keys, not ${byData.size}.`,
    { hint: 'nubes-nb key add NAME FILE adds others later' },
  );
}

function readAt(cwd: string, { file, position }: AlsoKey): string {
  try {
    return readGivenKey(cwd, file);
  } catch (error) {
    throw position === undefined ? error : withPosition(error, position);
  }
}

function checkedSetting(line: string, index: number): string {
  try {
    return checkedKey(line, `Key ${index + 1} of notebook.also_keys`);
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    throw new NubesError('CONFIGURATION', error.message, { hint: error.hint });
  }
}
