import { NubesError } from '../errors.ts';
import { linesIn, printable, repetition } from './positions.ts';

/** A list of packages, or the requirements file that lists them. */
export type Requirements = readonly string[] | { readonly file: string; readonly position: string };

const maxPackages = 500;
const maxLineLength = 255;
/** Nova's user_data is limited to 64 KB in base64, and holds other files as well. */
const maxTotalLength = 32 * 1024;

/**
 * Reads a requirements file: one package per line, `#` starts a comment. Throws USAGE with the line, but
 * does not quote options and URLs, which may contain a password.
 */
export function readRequirements(text: string, source: string): readonly string[] {
  const lines = linesIn(text, source)
    .map(({ text: written, position }) => ({
      line: written.replace(/(^|\s)#.*$/, '').trim(),
      position,
    }))
    .filter(({ line }) => line !== '');
  if (lines.length > 0) return checkRequirements(lines, source);
  throw new NubesError('USAGE', `${source} contains no packages.`, { hint });
}

/** Checks each package, their number and total length. Throws USAGE with the position. */
export function checkRequirements(
  lines: readonly { readonly line: string; readonly position: string }[],
  source: string,
): readonly string[] {
  const repeated = repetition();
  for (const { line, position } of lines) {
    const problem = requirementProblem(line);
    if (problem !== undefined) throw new NubesError('USAGE', `${position}: ${problem}.`, { hint });
    // A package may be listed again with another environment marker.
    if (line.includes(';')) continue;
    const name = nameIn(line);
    const where = repeated(name, position);
    if (where !== undefined) throw new NubesError('USAGE', `${where}: ${name} is listed twice.`);
  }
  const characters = lines.reduce((sum, { line }) => sum + line.length + 1, 0);
  if (lines.length > maxPackages || characters > maxTotalLength) {
    throw new NubesError(
      'USAGE',
      `${source}: ${lines.length} packages with ${characters} characters; the limit is ${maxPackages} packages with ${maxTotalLength} characters.`,
      { hint: 'add packages that all notebooks need to the image' },
    );
  }
  return lines.map(({ line }) => line);
}

const hint = 'one package per line, such as numpy, pandas>=2,<3 or scipy[extra]==1.14.*';

/** The normalised name (PEP 503). */
function nameIn(line: string): string {
  return (/^[\w.-]*/.exec(line)?.[0] ?? '').replace(/[-_.]+/g, '-').toLowerCase();
}

/** Why a line is not accepted; undefined if it is. */
function requirementProblem(line: string): string | undefined {
  if (line.length > maxLineLength) return `a line has at most ${maxLineLength} characters`;
  if (line.endsWith('\\')) return 'line continuations are not supported';
  if (/^-|\s--?[A-Za-z]/.test(line)) return 'pip options are not supported, only package names';
  if (/@|:\/\//.test(line)) return 'URLs are not supported, only package names';
  if (/[/\\]|^[.~]|\.(?:whl|zip|tar|tgz|tbz|txz|gz|bz2|xz|lzma)$/i.test(line)) {
    return 'paths are not supported, only package names';
  }
  const [, marker] = requirement.exec(line) ?? [];
  if (!requirement.test(line)) return `'${printable(line)}' is not a valid package`;
  return marker === undefined || isMarker(marker)
    ? undefined
    : `'${printable(marker.trim())}' is not an environment marker such as python_version < "3.12"`;
}

const name = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const version = '(?:===?|~=|!=|<=|>=|<|>)\\s*[A-Za-z0-9][A-Za-z0-9.!+*_-]*';
/** PEP 508 without URLs: a name, extras, versions and an environment marker. */
const requirement = new RegExp(
  `^${name}\\s*(?:\\[\\s*${name}(?:\\s*,\\s*${name})*\\s*\\])?\\s*(?:${version}(?:\\s*,\\s*${version})*)?\\s*(?:;(.*))?$`,
);

const variable =
  '(?:python_version|python_full_version|os_name|sys_platform|platform_(?:release|system|version|machine|python_implementation)|implementation_(?:name|version)|extra)';
const quoted = `(?:'[\\w .,*+!#-]*'|"[\\w .,*+!#-]*")`;
const operator = '(?:\\s*(?:===?|~=|!=|<=|>=|<|>)\\s*|\\s+(?:not\\s+)?in\\s+)';
const comparison = `(?:${variable}${operator}${quoted}|${quoted}${operator}${variable})`;
const comparisons = new RegExp(`^${comparison}(?:\\s+(?:and|or)\\s+${comparison})*$`);

function isMarker(text: string): boolean {
  let open = 0;
  for (const character of text) {
    open += Number(character === '(') - Number(character === ')');
    if (open < 0) return false;
  }
  return open === 0 && comparisons.test(text.replace(/[()]/g, ' ').trim());
}
