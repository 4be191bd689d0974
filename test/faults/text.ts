import { type Case, type ErrorLine, errorOf, type Row } from './outcome.ts';

/** The rows as text: a block for each command, a row for each call, a column for each fault; then the sentences. */
export function textOfTable(rows: readonly Row[], faults: readonly string[]): string {
  const header = ['call', ...faults];
  const lines = rows.map(({ call, cases }) => [
    call,
    ...faults.map((fault) => cellOf(cases.find((each) => each.fault === fault))),
  ]);
  const widths = header.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const commands = [...new Set(rows.map(({ command }) => command))];
  const blocks = commands.map((command) =>
    [
      `nubes-nb ${command}`,
      print(header),
      ...rows.flatMap((row, index) => (row.command === command ? [print(lines[index] ?? [])] : [])),
    ].join('\n'),
  );
  return `${[...blocks, ...sentencesOf(rows)].join('\n\n')}\n`;
}

/** `9 SERVICE`; `0 !` is success with a warning; `-` is a fault that does not fit the call. */
function cellOf(found: Case | undefined): string {
  if (found === undefined) return '-';
  const { seen } = found;
  const code = errorOf(seen)?.code;
  const warning = /^warning: /m.test(seen.stderr) ? ' !' : '';
  return `${seen.code}${code === undefined ? '' : ` ${code.replace(/_(ERROR|EXPIRED|EXCEEDED|REFUSED)$/, '')}`}${warning}`;
}

/** Every sentence that a case printed, with the first case and the number of them. */
function sentencesOf(rows: readonly Row[]): string[] {
  const where = new Map<string, Case[]>();
  for (const each of rows.flatMap(({ cases }) => cases)) {
    for (const text of new Set(wordsOf(each))) where.set(text, [...(where.get(text) ?? []), each]);
  }
  return [...where]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([text, cases]) => {
      const [first] = cases;
      const faults = [...new Set(cases.map(({ fault }) => fault))].sort();
      return `${text}\n  ${cases.length} × ${faults.join(', ')}\n  ${first?.command}: ${first?.call}`;
    });
}

function wordsOf({ call, seen }: Case): string[] {
  const errors = [errorOf(seen), ...itemErrors(seen.stdout)].filter((each) => each !== undefined);
  const service = call.split(' ')[0] ?? '';
  return [
    ...errors.map(
      ({ exit, code, message, hint }) => `${exit} ${code}: ${message}\n  hint: ${hint}`,
    ),
    ...seen.stderr.split('\n').filter((line) => line.startsWith('warning: ')),
  ].map((text) => general(text, service));
}

/** The errors of a batch's items. */
function itemErrors(stdout: string): (ErrorLine | undefined)[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"name":'));
  return lines.map((line) => (JSON.parse(line) as { error?: ErrorLine | null }).error ?? undefined);
}

/** Without what differs from run to run, and from service to service. */
function general(text: string, service: string): string {
  const same = text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\b127(?:\.\d+){3}(?::\d+)?(?!\d|\/\d)/g, 'HOST')
    .replace(/\d+ \w{3} \d\d:\d\d/g, 'TIME');
  return service === 'LDAP' ? same : same.replaceAll(service, 'SERVICE');
}
