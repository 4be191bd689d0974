#!/usr/bin/env bash
# Run first: bash findings/inquirer-exits-0-at-the-end-of-stdin.sh (needs Node 20 or later and npm)
#
# inquirer rejects a question with ExitPromptError at Ctrl-C, and documents that a program can clean up then. At Ctrl-D and
# at the end of stdin (cron, CI, `</dev/null`) inquirer 14.2.5 keeps waiting, so Node ends for lack of work, and only
# inquirer's handler of that end rejects the question, with the same error. It is too late: an error that nothing catches
# is printed and the exit code is 0, so `tool delete && echo deleted` prints "deleted". A `catch` runs as far as its first
# `await`; what stands behind that, cleaning up or setting the exit code, is never reached. Where a module awaits all of
# this at its top level, Node 22 and later exit with 13.
#
# Seen with inquirer 14.2.5 and Node 20.20.2 (and 22.23.3, 24.21.0, 26.10.0):
#   uncaught, Ctrl-C        exit 1
#   uncaught, Ctrl-D        exit 0
#   uncaught, end of stdin  exit 0
#   caught, Ctrl-C          ExitPromptError, cleaned up, exit 3
#   caught, Ctrl-D          ExitPromptError, exit 0
#   caught, end of stdin    ExitPromptError, exit 0
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent inquirer@14.2.5

cat >uncaught.mjs <<'JS'
import inquirer from 'inquirer';
export const ask = () => inquirer.prompt([{ type: 'input', name: 'name', message: 'Name?' }]);
if (process.argv[1].endsWith('uncaught.mjs')) ask();
JS
cat >caught.mjs <<'JS'
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './uncaught.mjs';
ask().catch(async (error) => {
  appendFileSync('log', `${error.name}, `);
  await pause(10);
  appendFileSync('log', 'cleaned up, ');
  process.exitCode = 3;
});
JS
row() { # PROGRAM TITLE KEYS: the keys of printf
  local code=0
  : >log
  printf "$3" | node "$1.mjs" >/dev/null 2>&1 || code=$?
  printf '%-23s %sexit %s\n' "$1, $2" "$(cat log)" "$code"
}
seen=$(for program in uncaught caught; do
  row "$program" Ctrl-C '\003'; row "$program" Ctrl-D '\004'; row "$program" 'end of stdin' ''
done)
printf '%s\n' "$seen"
expected='uncaught, Ctrl-C        exit 1
uncaught, Ctrl-D        exit 0
uncaught, end of stdin  exit 0
caught, Ctrl-C          ExitPromptError, cleaned up, exit 3
caught, Ctrl-D          ExitPromptError, exit 0
caught, end of stdin    ExitPromptError, exit 0'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
