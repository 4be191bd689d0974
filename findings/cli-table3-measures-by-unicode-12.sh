#!/usr/bin/env bash
# Run first: bash findings/cli-table3-measures-by-unicode-12.sh (needs Node 20 or later and npm)
#
# cli-table3 0.6.5 (the newest) measures cells with string-width 4, whose emoji are those of 2019 and which counts
# each jamo of decomposed Korean. So a program that measures with the current string-width and pads with cli-table3
# has shifted columns: here the second column begins at another place in each row, and a cell of 4 columns does not
# fit into 4.
#
# Seen with cli-table3 0.6.5, string-width 4.2.3 and 8.3.0, Node 20.20.2:
#   two ASCII letters    cli-table3 2, string-width 2
#   emoji of 2021        cli-table3 1, string-width 2
#   decomposed Korean    cli-table3 8, string-width 4
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent cli-table3@0.6.5 string-width@8.3.0

cat >widths.mjs <<'JS'
import Table from 'cli-table3';
import stringWidth from 'string-width';

/** The columns that cli-table3 gives to a cell: the place where the next one begins. */
function tableWidth(text) {
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [] };
  const table = new Table({ style });
  table.push([text, 'x']);
  return table.toString().split('\n')[0].split('┬')[0].length - 1;
}
for (const [name, text] of [
  ['two ASCII letters', 'ab'],
  ['emoji of 2021', '\u{1FAE0}'],
  ['decomposed Korean', '한국'.normalize('NFD')],
]) {
  console.log(`${name.padEnd(20)} cli-table3 ${tableWidth(text)}, string-width ${stringWidth(text)}`);
}
JS
seen=$(node widths.mjs)
printf '%s\n' "$seen"
expected='two ASCII letters    cli-table3 2, string-width 2
emoji of 2021        cli-table3 1, string-width 2
decomposed Korean    cli-table3 8, string-width 4'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
