/** A fake jupyter-lab, which takes its port and folder from its configuration. */
export const fakeJupyterLab = `#!${process.execPath}
const file = process.argv.find((word) => word.startsWith('--config=')).slice(9);
const config = require('node:fs').readFileSync(file, 'utf8');
const port = Number([...config.matchAll(/ServerApp\\.port = (\\d+)/g)].at(-1)[1]);
const root = /root_dir = "(.*)"/.exec(config)[1];
require('node:http').createServer((request, response) => response.end(
  request.url === '/api' ? '{"version": "2.15.0"}' : 'the real one in ' + root,
)).listen(port, '127.0.0.1');
`;
