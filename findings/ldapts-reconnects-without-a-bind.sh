#!/usr/bin/env bash
# Run first: bash findings/ldapts-reconnects-without-a-bind.sh (needs Node 20 or later and npm)
#
# If the server has closed the connection, as servers do when it is idle, the next request of ldapts 8.2.0 opens a new one and
# is sent there without the bind. No error and no event: a directory that shows less to anonymous clients answers with nothing,
# which reads like "there is no such entry". `autoRebind` repeats the bind, but not after StartTLS. A `createConnection` that
# refuses its second call makes the request fail instead.
#
# Seen with ldapts 8.2.0, ldapjs 3.0.7 as the server and Node 20.20.2:
#   first search: 1 entry, as cn=reader
#   the server closes the connection
#   second search: 0 entries, as anonymous, on connection 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ldapts@8.2.0 ldapjs@3.0.7

cat >reconnect.mjs <<'JS'
import { once } from 'node:events';
import { connect } from 'node:net';
import ldapjs from 'ldapjs';
import { Client } from 'ldapts';

const server = ldapjs.createServer();
const boundAs = new WeakMap();
let connection;
let searchedAs;
server.bind('', (request, response) => {
  connection = request.connection;
  boundAs.set(connection, request.dn.toString());
  response.end();
});
server.search('', (request, response) => {
  searchedAs = boundAs.get(request.connection) ?? 'anonymous';
  if (searchedAs === 'cn=reader') response.send({ dn: 'cn=a,dc=test', attributes: { cn: 'a', objectclass: 'device' } });
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const sockets = [];
const client = new Client({
  url: `ldap://127.0.0.1:${server.port}`,
  createConnection: (port, host) => {
    sockets.push(connect(port, host));
    return sockets.at(-1);
  },
});
const count = async () => (await client.search('dc=test', { scope: 'sub' })).searchEntries.length;
await client.bind('cn=reader', 'secret');
console.log(`first search: ${await count()} entry, as ${searchedAs}`);
console.log('the server closes the connection');
const closed = once(sockets[0], 'close');
connection.end();
await closed;
console.log(`second search: ${await count()} entries, as ${searchedAs}, on connection ${sockets.length}`);
await client.unbind();
server.close();
JS

seen=$(node --no-deprecation reconnect.mjs)
printf '%s\n' "$seen"
expected='first search: 1 entry, as cn=reader
the server closes the connection
second search: 0 entries, as anonymous, on connection 2'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
