#!/usr/bin/env bash
# Run first: bash findings/ora-keeps-ctrl-c-from-programs.sh (needs Linux on x64, Node 20 or later and npm)
#
# While a spinner of ora 9.4.1 turns, the terminal is in raw mode: Ctrl-C is a character and no signal. ora documents that
# it sends the signal itself, and recommends child processes for what must stay interruptible. But it does so only if the
# program has paused or read stdin before. If not, nothing reads the character, and Ctrl-C has no effect until the spinner
# stops. And ora signals its own process only: a child (ssh, git) keeps running, while a terminal interrupts both. With
# `discardStdin: false` the terminal does.
#
# Seen with ora 9.4.1, @lydell/node-pty 1.1.0 and Node 20.20.2 (and 22.23.3, 24.21.0, 26.10.0): what Ctrl-C interrupts
#   no spinner           child and program
#   discardStdin: false  child and program
#   spinner              nothing
#   stdin was paused     program
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent --ignore-scripts ora@9.4.1 @lydell/node-pty@1.1.0

cat >program.mjs <<'JS'
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import ora from 'ora';
const how = process.argv[2];
if (how === 'stdin was paused') process.stdin.pause();
if (how !== 'no spinner') ora({ text: 'working', discardStdin: how !== 'discardStdin: false' }).start();
process.on('SIGINT', () => appendFileSync('log', 'program '));
const child = spawn(process.execPath, ['child.cjs'], { stdio: ['ignore', 'pipe', 'ignore'] });
child.stdout.once('data', () => appendFileSync('log', 'started '));
child.once('exit', () => process.exit());
JS
cat >child.cjs <<'JS'
process.on('SIGINT', () => require('node:fs').appendFileSync('log', 'child '));
console.log('started');
setTimeout(() => {}, 2_000);
JS
cat >terminal.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
for (const how of ['no spinner', 'discardStdin: false', 'spinner', 'stdin was paused']) {
  writeFileSync('log', '');
  const terminal = spawn(process.execPath, ['program.mjs', how], { env: { PATH: process.env.PATH, TERM: 'xterm' } });
  const ended = new Promise((resolve) => terminal.onExit(resolve));
  while (readFileSync('log', 'utf8') === '') await pause(50);
  terminal.write('\u0003');
  await ended;
  const interrupted = readFileSync('log', 'utf8').trim().split(' ').slice(1).sort().join(' and ');
  console.log(`${how.padEnd(20)} ${interrupted || 'nothing'}`);
}
JS
seen=$(timeout 50 node terminal.mjs)
printf '%s\n' "$seen"
expected='no spinner           child and program
discardStdin: false  child and program
spinner              nothing
stdin was paused     program'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
