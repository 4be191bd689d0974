#!/usr/bin/env bash
# Run first: bash findings/commander-has-help-for-any-command.sh (needs Node 20 or later and npm)
#
# commander refuses a command that it does not have, and documents that unknown options are errors. If `--help` follows,
# both are accepted: it prints the help of the level above on stdout and exits 0. So `tool typo --help` looks like the
# help of that command, and `tool NAME --help >/dev/null`, with which scripts ask an older release whether it has a
# command, says yes to every name. `help NAME` of the same program does exit 1, with the same text on stderr.
#
# Seen with commander 14.0.3 (and 15.1.0) and Node 20.20.2:
#   tool typo             exit 1, stderr: error: unknown command 'typo'
#   tool typo --help      exit 0, stdout: Usage: tool [options] [command]
#   tool key typo --help  exit 0, stdout: Usage: tool key [options] [command]
#   tool --typo --help    exit 0, stdout: Usage: tool [options] [command]
#   tool help typo        exit 1, stderr: Usage: tool [options] [command]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent commander@14.0.3

cat >tool.cjs <<'JS'
const { Command } = require('commander');
const tool = new Command('tool');
tool.command('list').action(() => {});
tool.command('key').command('add').action(() => {});
tool.parse();
JS
row() { # words...
  local code=0 stream=stdout
  node tool.cjs "$@" >out 2>err || code=$?
  [ ! -s err ] || stream=stderr
  printf '%-21s exit %s, %s: %s\n' "tool $*" "$code" "$stream" "$(cat out err | head -n 1)"
}
seen=$(row typo; row typo --help; row key typo --help; row --typo --help; row help typo)
printf '%s\n' "$seen"
expected="tool typo             exit 1, stderr: error: unknown command 'typo'
tool typo --help      exit 0, stdout: Usage: tool [options] [command]
tool key typo --help  exit 0, stdout: Usage: tool key [options] [command]
tool --typo --help    exit 0, stdout: Usage: tool [options] [command]
tool help typo        exit 1, stderr: Usage: tool [options] [command]"
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
