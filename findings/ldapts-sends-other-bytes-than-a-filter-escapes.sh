#!/usr/bin/env bash
# Run first: bash findings/ldapts-sends-other-bytes-than-a-filter-escapes.sh (needs Node 20 or later and npm)
#
# In the text of an LDAP filter `\b8` is the byte b8 (RFC 4515). ldapts documents `escapeFilter` for strings and Buffers,
# and it does write Buffers so; but when ldapts reads the text again it makes a character of each escape, which it sends as
# UTF-8: c2 b8. So a search for an objectGUID or objectSid by the text of a filter asks for another value, and so does
# any escape of 80 and above that other tools write. The server answers as for any value that no entry has. Escapes below
# 80, as of `*` and parentheses, are right, so tests with those pass. EqualityFilter sends a Buffer as it is.
#
# Seen with ldapts 8.2.0 (and 9.2.0) and Node 20.20.2, the value that the server receives for the bytes 4e b8 c2 f4:
#   EqualityFilter  4eb8c2f4
#   escapeFilter    4ec2b8c382c3b4
#   \4e\b8\c2\f4    4ec2b8c382c3b4
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ldapts@8.2.0 ldapts-9@npm:ldapts@9.2.0

cat >search.mjs <<'JS'
import { createServer } from 'node:net';
const { Client, EqualityFilter, escapeFilter } = await import(process.argv[2]);

let received;
/** Keeps the value that follows the attribute's name, and answers that the search has ended without an entry. */
const server = createServer((socket) =>
  socket.on('data', (request) => {
    if (!request.includes('objectGUID')) return;
    const [length, ...rest] = request.subarray(request.indexOf('objectGUID') + 'objectGUID'.length + 1);
    received = Buffer.from(rest.slice(0, length)).toString('hex');
    socket.write(Buffer.from([0x30, 12, 2, 1, request[4], 0x65, 7, 10, 1, 0, 4, 0, 4, 0]));
  }),
);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new Client({ url: `ldap://127.0.0.1:${server.address().port}`, timeout: 5_000 });
const bytes = Buffer.from('4eb8c2f4', 'hex');
for (const [title, filter] of [
  ['EqualityFilter', new EqualityFilter({ attribute: 'objectGUID', value: bytes })],
  ['escapeFilter', escapeFilter`(objectGUID=${bytes})`],
  ['\\4e\\b8\\c2\\f4', '(objectGUID=\\4e\\b8\\c2\\f4)'],
]) {
  await client.search('dc=test', { filter });
  console.log(`${title.padEnd(15)} ${received}`);
}
await client.unbind();
server.close();
JS
expected='EqualityFilter  4eb8c2f4
escapeFilter    4ec2b8c382c3b4
\4e\b8\c2\f4    4ec2b8c382c3b4'
for package in ldapts ldapts-9; do
  seen=$(node search.mjs "$package")
  printf '%s\n%s\n' "$package" "$seen"
  [ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
done
echo 'as described'
