import { ifRefused, readIfThere, utf8Text } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';

/** The value of a YAML file; undefined if it is missing or may not be read. Throws CONFIGURATION. */
export async function readYaml(file: string): Promise<unknown> {
  const text = readText(file);
  if (text === undefined) return undefined;
  const {
    default: { parseDocument, visit },
  } = await import('yaml');
  // The client's parser reads YAML 1.1.
  const document = parseDocument(text, { prettyErrors: false, version: '1.1' });
  // A warning is a tag that the client's parser refuses.
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    const { problem, hint } = yamlProblems[error.code] ?? {};
    // The message of the parser may quote the line, which may contain a password.
    throw invalid(
      `${file} is not valid YAML near line ${lineAt(text, error.pos[0])} (${problem ?? error.code}).`,
      hint ?? 'check the indentation of the keys',
    );
  }
  visit(document, {
    Scalar: (_key, scalar) => {
      // A number whose text is kept, unlike 0123, which is octal. For the client, 1e5 is text.
      const { value: read, source = '' } = scalar;
      if (typeof read !== 'number') return;
      if (String(read) === source || /^\d+e\d+$/i.test(source)) scalar.value = source;
    },
  });
  return toPlain(() => document.toJS(), file);
}

const quote = 'put the value in quotation marks';
const yamlProblems: Readonly<Record<string, { problem: string; hint: string } | undefined>> = {
  TAB_AS_INDENT: { problem: 'a tab', hint: 'indent with spaces' },
  DUPLICATE_KEY: { problem: 'a key is there twice', hint: 'remove one of them' },
  MULTIPLE_DOCS: { problem: 'a second document begins', hint: 'remove the line ---' },
  BAD_SCALAR_START: { problem: 'a value begins with a special character', hint: quote },
  BLOCK_AS_IMPLICIT_KEY: { problem: 'a second colon', hint: quote },
  TAG_RESOLVE_FAILED: { problem: 'an unknown tag', hint: quote },
};

/** The library throws for aliases that expand to more than fits into memory. */
function toPlain(read: () => unknown, file: string): unknown {
  try {
    return read();
  } catch {
    throw invalid(`${file} has YAML aliases that cannot be resolved.`, 'write the values out');
  }
}

const maxFileBytes = 4 * 1024 * 1024;

/** Undefined for a file that is missing or may not be read, as for the client. Throws CONFIGURATION for a pipe or device. */
function readText(file: string): string | undefined {
  const bytes = ifRefused(
    () => readIfThere(file, maxFileBytes)?.bytes,
    ({ code, message }) => {
      if (code !== undefined) return undefined;
      throw invalid(`${file} ${message}.`);
    },
  );
  if (bytes === undefined) return undefined;
  const text = utf8Text(bytes);
  if (text === undefined) throw invalid(`${file} is not UTF-8 text.`);
  return text;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function invalid(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
