#!/usr/bin/env bash
# Run first: bash findings/ldapts-hides-that-a-search-was-cut.sh (needs Node 20 or later and npm)
#
# A search that ends with result 4 (sizeLimitExceeded) has returned a part of the entries. With `sizeLimit` ldapts 8.2.0
# resolves with that part, and nothing in the result differs from a complete answer, whether the limit was the client's or a
# lower one of the server. Without `sizeLimit` it throws SizeLimitExceededError. So "is there a second one?" must be asked
# without a limit, and `sizeLimit: 1` does not show that a name is unique.
#
# Seen with ldapts 8.2.0, ldapjs 3.0.7 as the server (3 entries, its own limit 2) and Node 20.20.2:
#   sizeLimit 1: 1 of 3 entries, keys searchEntries,searchReferences
#   sizeLimit 3: 2 of 3 entries, keys searchEntries,searchReferences
#   no sizeLimit: SizeLimitExceededError 4
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ldapts@8.2.0 ldapjs@3.0.7

cat >search.mjs <<'JS'
import ldapjs from 'ldapjs';
import { Client } from 'ldapts';

const server = ldapjs.createServer();
server.search('', (request, response) => {
  const limit = Math.min(request.sizeLimit || 2, 2);
  for (const cn of ['a', 'b', 'c'].slice(0, limit)) {
    response.send({ dn: `cn=${cn},dc=test`, attributes: { cn, objectclass: 'device' } });
  }
  response.end(4);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new Client({ url: `ldap://127.0.0.1:${server.port}` });
for (const sizeLimit of [1, 3, undefined]) {
  const label = sizeLimit === undefined ? 'no sizeLimit' : `sizeLimit ${sizeLimit}`;
  const seen = await client.search('dc=test', { scope: 'sub', ...(sizeLimit && { sizeLimit }) }).then(
    (result) => `${result.searchEntries.length} of 3 entries, keys ${Object.keys(result)}`,
    (error) => `${error.constructor.name} ${error.code}`,
  );
  console.log(`${label}: ${seen}`);
}
await client.unbind();
server.close();
JS

seen=$(node --no-deprecation search.mjs)
printf '%s\n' "$seen"
expected='sizeLimit 1: 1 of 3 entries, keys searchEntries,searchReferences
sizeLimit 3: 2 of 3 entries, keys searchEntries,searchReferences
no sizeLimit: SizeLimitExceededError 4'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
