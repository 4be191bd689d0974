import { NubesError } from '../errors.ts';
import { nearestOf } from '../settings/nearest.ts';
import type { ManifestEntry } from './fields.ts';
import { maxEntries } from './lines.ts';
import { printable, repetition } from './positions.ts';
import { personPattern } from './ranges.ts';
import { readRows } from './rows.ts';

/** A person of a list, who gets a notebook; `position` is for messages: `people.csv, line 17`. */
export interface Person {
  /** In the form of a guest's name, if that is possible. */
  readonly name: string;
  readonly email: string | undefined;
  /** The file of their public SSH key, or the key itself. */
  readonly key: string | undefined;
  /** The name of the notebook; undefined: made of the person's. */
  readonly notebook: string | undefined;
  readonly position: string;
}

const columns = ['name', 'email', 'key', 'notebook'] as const;
type ColumnName = (typeof columns)[number];

/**
 * Reads a CSV with a header line (RFC 4180; also with `;` or tabs). Throws USAGE with the line for unknown columns, for
 * values that no column has, and for a person who is listed twice; with all such lines at once.
 */
export async function readPeople(text: string, source: string): Promise<readonly Person[]> {
  const [header, ...rows] = await rowsOf(text, source);
  if (header === undefined || rows.length === 0) {
    throw new NubesError('USAGE', `${source} lists no people.`, { hint: exampleHint });
  }
  const names = columnsIn(header);
  if (rows.length > maxEntries) {
    throw new NubesError(
      'USAGE',
      `${source} lists ${rows.length} people; the limit is ${maxEntries}.`,
    );
  }
  const checkName = refuseTwice(({ name }) => name, 'are called');
  const checkEmail = refuseTwice(({ email }) => email?.toLowerCase(), 'have the address');
  return readRows(rows, (row) => {
    const person = personIn(row, names);
    checkName(person);
    checkEmail(person);
    return person;
  });
}

const exampleHint = 'the first line names the columns: name,email,key,notebook';

interface Row {
  readonly values: readonly string[];
  readonly position: string;
}

async function rowsOf(text: string, source: string): Promise<readonly Row[]> {
  const { parse, CsvError } = await import('csv-parse/sync');
  const rows: Row[] = [];
  try {
    // csv-parse counts CRLF in a value as two lines.
    parse(text.replaceAll('\r\n', '\n'), {
      bom: true,
      delimiter: delimiterIn(text),
      max_record_size: 64 * 1024,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      on_record: (values: readonly string[], { lines }) => {
        const position = `${source}, line ${lines}`;
        rows.push({ values: values.map((value) => value.trim()), position });
      },
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? `, line ${error['lines']}` : '';
    const why = reasons[error.code] ?? 'it is not valid CSV';
    throw new NubesError('USAGE', `${source}${line}: ${why}.`, {
      hint: 'a value with quotes in it is written "like ""this"""',
    });
  }
}

const reasons: Readonly<Partial<Record<string, string>>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is not closed',
  INVALID_OPENING_QUOTE: 'a quotation mark is in the middle of a value',
  CSV_INVALID_CLOSING_QUOTE: 'there is more text after a closing quotation mark',
  CSV_MAX_RECORD_SIZE: 'a line is longer than 64 KiB',
};

/** What the header has most of: spreadsheets write `;` where the comma is in numbers. */
function delimiterIn(text: string): string {
  const header = /^\s*(.*)/.exec(text)?.[1] ?? '';
  const counted = [',', ';', '\t'].map((each) => ({ each, count: header.split(each).length }));
  return counted.sort((one, other) => other.count - one.count)[0]?.each ?? ',';
}

/** The column of each place of a row; undefined for a place without a name. */
function columnsIn({ values, position }: Row): readonly (ColumnName | undefined)[] {
  const found = values.map((value) => (value === '' ? undefined : columnNamed(value, position)));
  const twice = found.find((name, at) => name !== undefined && found.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new NubesError('USAGE', `${position}: the column ${twice} is there twice.`);
  }
  if (!found.includes('name')) {
    throw new NubesError('USAGE', `${position}: the column name is missing.`, {
      hint: exampleHint,
    });
  }
  return found;
}

function columnNamed(text: string, position: string): ColumnName {
  // Also E-Mail.
  const written = text.toLowerCase().replace(/^e-mail$/, 'email');
  const name = columns.find((each) => each === written);
  if (name !== undefined) return name;
  const nearest = nearestOf(written, columns);
  throw new NubesError('USAGE', `${position}: there is no column '${printable(text)}'.`, {
    hint: nearest === undefined ? exampleHint : `did you mean '${nearest}'?`,
  });
}

function personIn({ values, position }: Row, names: readonly (ColumnName | undefined)[]): Person {
  const extra = values.findIndex((value, at) => value !== '' && names[at] === undefined);
  if (extra >= 0) {
    throw new NubesError('USAGE', `${position}: value ${extra + 1} belongs to no column.`, {
      hint: 'put a value that has the separator in it between double quotes',
    });
  }
  const read = (name: ColumnName) => values[names.indexOf(name)] || undefined;
  const email = read('email');
  if (email !== undefined && !isEmail(email)) {
    throw new NubesError('USAGE', `${position}: '${printable(email)}' is not an e-mail address.`);
  }
  return {
    name: guestNameOf(read('name'), position),
    ...{ email, key: read('key'), notebook: read('notebook'), position },
  };
}

function isEmail(text: string): boolean {
  return text.length <= 254 && /^[\p{L}\p{N}_][\p{L}\p{N}._+'-]*@[\p{L}\p{N}.-]+$/u.test(text);
}

/** Letters that do not decompose into one of a-z and a mark. */
const letters: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' },
  ...{ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ı: 'i' },
};

/** A guest's name has at most 32 characters, and a name as it is written may have more spaces. */
const maxWrittenName = 100;

/** `Anna Müller` is anna-muller. Throws USAGE for a name with other characters than those of names. */
function guestNameOf(text: string | undefined, position: string): string {
  if (text === undefined) {
    throw new NubesError('USAGE', `${position}: the name is missing.`);
  }
  const plain = text
    .slice(0, maxWrittenName)
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\x20-\x7e]/g, (letter) => letters[letter] ?? letter);
  if (/^[a-z0-9][a-z0-9 ._'’-]*$/.test(plain)) {
    const name = plain
      .replace(/['’]/g, '')
      .replace(/[ .-]*[ -][ .-]*/g, '-')
      .replace(/[._-]+$/, '');
    if (name.length <= 32 && text.length < maxWrittenName) return name;
  }
  throw new NubesError('USAGE', `${position}: '${printable(text)}' cannot be a guest's name.`, {
    hint: 'use at most 32 letters a-z, digits, spaces, and . _ -',
  });
}

/** A check of one person after another, which throws USAGE for two of whom `partOf` returns the same. */
function refuseTwice(
  partOf: (person: Person) => string | undefined,
  what: string,
): (person: Person) => void {
  const repeated = repetition();
  return (person) => {
    const part = partOf(person);
    const where = part === undefined ? undefined : repeated(part, person.position);
    if (where === undefined) return;
    throw new NubesError('USAGE', `${where}: two people ${what} ${part}.`);
  };
}

/** A notebook for each person, with the fields of `row`; its name has `{name}` in it. */
export function eachPerson(
  row: Omit<ManifestEntry, 'position' | 'for'>,
  people: readonly Person[],
): readonly ManifestEntry[] {
  return people.map(({ name, key, notebook, position }) => ({
    ...row,
    name: notebook ?? row.name.replaceAll(personPattern, name.replace(/[._]+/g, '-')),
    for: { name, key, position, isListed: true },
    position,
  }));
}
