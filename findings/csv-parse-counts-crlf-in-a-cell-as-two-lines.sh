#!/usr/bin/env bash
# Run first: bash findings/csv-parse-counts-crlf-in-a-cell-as-two-lines.sh (needs Node 20 or later and npm)
#
# csv-parse 7.0.3 documents `lines` as the number of lines in the source. It counts a CRLF between records as one, but a
# CRLF inside a quoted cell as two. Forms of web pages send CRLF in texts of several lines, so behind such a cell every
# error and every `info.lines` names a line that is too far down, and `to_line` leaves out records that stand before it.
# LF in a cell is counted rightly, also in a file whose records end with CRLF.
#
# Seen with csv-parse 7.0.3 (and 5.6.0) and Node 20.20.2; the record "last" is on line 4, and so is the wrong quote:
#   LF                    last 4, error 4, to_line 4: 3 records
#   CRLF, LF in the cell  last 4, error 4, to_line 4: 3 records
#   CRLF everywhere       last 5, error 5, to_line 4: 2 records
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent csv-parse@7.0.3 csv-parse-5@npm:csv-parse@5.6.0

cat >lines.mjs <<'JS'
const { parse } = await import(`${process.argv[2]}/sync`);

/** Three records on four lines. */
const text = (end, inCell, last) => ['name,about', `a,"two${inCell}lines"`, `${last},x`].join(end);
function errorLine(csv) {
  try {
    return void parse(csv);
  } catch (error) {
    return error.lines;
  }
}
for (const [title, end, inCell] of [
  ['LF', '\n', '\n'],
  ['CRLF, LF in the cell', '\r\n', '\n'],
  ['CRLF everywhere', '\r\n', '\r\n'],
]) {
  const good = text(end, inCell, 'last');
  const last = parse(good, { info: true }).at(-1).info.lines;
  const count = parse(good, { to_line: 4 }).length;
  const error = errorLine(text(end, inCell, 'la"st'));
  console.log(`${title.padEnd(21)} last ${last}, error ${error}, to_line 4: ${count} records`);
}
JS
expected='LF                    last 4, error 4, to_line 4: 3 records
CRLF, LF in the cell  last 4, error 4, to_line 4: 3 records
CRLF everywhere       last 5, error 5, to_line 4: 2 records'
for package in csv-parse csv-parse-5; do
  seen=$(node lines.mjs "$package")
  printf '%s\n%s\n' "$package" "$seen"
  [ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
done
echo 'as described'
