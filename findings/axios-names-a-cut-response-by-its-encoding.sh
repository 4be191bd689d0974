#!/usr/bin/env bash
# Run first: bash findings/axios-names-a-cut-response-by-its-encoding.sh (needs Node 20 or later and npm)
#
# If a connection ends in the middle of a response of status 200, axios 1.21.1 reports ERR_BAD_RESPONSE for a plain body
# and ECONNRESET for a compressed one, which it asks for by default. So code that decides by the error's code whether to
# repeat a request is not tested by a server that does not compress. In both cases `error.response` is there with status
# 200, while axios documents that it means a status outside 2xx, and ERR_BAD_RESPONSE for answers that cannot be parsed.
#
# Seen with axios 1.21.1 and Node 20.20.2; the server closes the connection before the headers, or after half of the body:
#   no headers  ECONNRESET, response.status undefined: socket hang up
#   identity    ERR_BAD_RESPONSE, response.status 200: stream has been aborted
#   gzip        ECONNRESET, response.status 200: aborted
#   br          ECONNRESET, response.status 200: aborted
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent axios@1.21.1

cat >cut.mjs <<'JS'
import { createServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import axios from 'axios';

const encoders = { identity: (text) => Buffer.from(text), gzip: gzipSync, br: brotliCompressSync };
const text = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `server ${id * 7919}` })));
const server = createServer((socket) =>
  socket.once('data', (request) => {
    const [, encoding] = /^GET \/(\w+)/.exec(request);
    const body = encoders[encoding]?.(text);
    if (body === undefined) return socket.end();
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.end(body.subarray(0, body.length / 2));
  }),
);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
for (const encoding of ['no headers', ...Object.keys(encoders)]) {
  const url = `http://127.0.0.1:${server.address().port}/${encoding.replace(' ', '_')}`;
  const seen = await axios.get(url).then(
    () => 'no error',
    ({ code, response, message }) => `${code}, response.status ${response?.status}: ${message}`,
  );
  console.log(`${encoding.padEnd(11)} ${seen}`);
}
server.close();
JS
seen=$(node cut.mjs)
printf '%s\n' "$seen"
expected='no headers  ECONNRESET, response.status undefined: socket hang up
identity    ERR_BAD_RESPONSE, response.status 200: stream has been aborted
gzip        ECONNRESET, response.status 200: aborted
br          ECONNRESET, response.status 200: aborted'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'
