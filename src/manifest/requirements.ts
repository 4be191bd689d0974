import { NubesError } from '../errors.ts';
import { linesIn, printable } from './positions.ts';

/** Packages as somebody has written them down: themselves, or the file that names them. */
export type Requirements = readonly string[] | { readonly file: string; readonly place: string };

const mostPackages = 500;
const longestLine = 255;
/** So many characters in all fit into what Nova takes for a first boot. */
const longestList = 32 * 1024;

/**
 * Reads a requirements file: a package a line, `#` begins a comment. Throws USAGE naming the line; what
 * may hold a password is not repeated.
 */
export function readRequirements(text: string, source: string): readonly string[] {
  const lines = linesIn(text, source)
    .map(({ text: written, place }) => ({ line: written.replace(/(^|\s)#.*$/, '').trim(), place }))
    .filter(({ line }) => line !== '');
  if (lines.length > 0) return checkRequirements(lines, source);
  throw new NubesError('USAGE', `${source} names no packages.`, { hint });
}

/** Checks packages one by one, and that they are not too many. Throws USAGE naming the place. */
export function checkRequirements(
  lines: readonly { readonly line: string; readonly place: string }[],
  source: string,
): readonly string[] {
  const named = new Map<string, string>();
  for (const { line, place } of lines) {
    const problem = problemWith(line);
    if (problem !== undefined) throw new NubesError('USAGE', `${place}: ${problem}.`, { hint });
    // Of one with a condition there may be another one for the other case.
    if (line.includes(';')) continue;
    const name = nameIn(line);
    const earlier = named.get(name);
    if (earlier !== undefined) {
      throw new NubesError('USAGE', `${place}: ${name} is named before already (${earlier}).`);
    }
    named.set(name, place);
  }
  const characters = lines.reduce((sum, { line }) => sum + line.length + 1, 0);
  if (lines.length > mostPackages || characters > longestList) {
    throw new NubesError(
      'USAGE',
      `${source}: these are ${lines.length} packages in ${characters} characters; at most ${mostPackages} in ${longestList} go with a notebook.`,
      { hint: 'put what everybody needs into the image.' },
    );
  }
  return lines.map(({ line }) => line);
}

const hint = 'one package a line, such as numpy, pandas>=2,<3 or scipy[extra]==1.14.*';

/** As pip compares names. */
function nameIn(line: string): string {
  return (/^[\w.-]*/.exec(line)?.[0] ?? '').replace(/[-_.]+/g, '-').toLowerCase();
}

/** Why pip must not be given this line; undefined when it may. */
function problemWith(line: string): string | undefined {
  if (line.length > longestLine) return `a line has at most ${longestLine} characters`;
  if (line.endsWith('\\')) return 'a line cannot go on in the next one';
  if (/^-|\s--?[A-Za-z]/.test(line)) return "pip's options are not taken, only names of packages";
  if (/@|:\/\//.test(line)) return 'addresses are not taken, only names of packages';
  if (/[/\\]|^[.~]|\.(?:whl|zip|tar|tgz|tbz|txz|gz|bz2|xz|lzma)$/i.test(line)) {
    return 'files and folders are not taken, only names of packages';
  }
  const [, condition] = requirement.exec(line) ?? [];
  if (!requirement.test(line)) return `'${printable(line)}' is no package`;
  return condition === undefined || isCondition(condition)
    ? undefined
    : `'${printable(condition.trim())}' is no condition like python_version < "3.12"`;
}

const name = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const version = '(?:===?|~=|!=|<=|>=|<|>)\\s*[A-Za-z0-9][A-Za-z0-9.!+*_-]*';
/** PEP 508 without addresses: a name, extras, versions and a condition. */
const requirement = new RegExp(
  `^${name}\\s*(?:\\[\\s*${name}(?:\\s*,\\s*${name})*\\s*\\])?\\s*(?:${version}(?:\\s*,\\s*${version})*)?\\s*(?:;(.*))?$`,
);

const variable =
  '(?:python_version|python_full_version|os_name|sys_platform|platform_(?:release|system|version|machine|python_implementation)|implementation_(?:name|version)|extra)';
const quoted = `(?:'[\\w .,*+!#-]*'|"[\\w .,*+!#-]*")`;
const operator = '(?:\\s*(?:===?|~=|!=|<=|>=|<|>)\\s*|\\s+(?:not\\s+)?in\\s+)';
const comparison = `(?:${variable}${operator}${quoted}|${quoted}${operator}${variable})`;
const comparisons = new RegExp(`^${comparison}(?:\\s+(?:and|or)\\s+${comparison})*$`);

function isCondition(text: string): boolean {
  let open = 0;
  for (const character of text) {
    open += Number(character === '(') - Number(character === ')');
    if (open < 0) return false;
  }
  return open === 0 && comparisons.test(text.replace(/[()]/g, ' ').trim());
}
