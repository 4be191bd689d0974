#!/usr/bin/env -S node --
// Without `--`, Node reads --env-file and the like from the arguments of the script too. A Node that is too old
// must be able to parse this file, so its syntax is ES5.
var own = process.versions.node;
var parts = own.split('.').map(Number);
var refusal = ['error: nubes-nb needs Node.js 20.19 or later, but this is Node.js ', own, '.\n'];
var hint = 'hint: install a newer one from https://nodejs.org, or load it with nvm or module\n';
if (parts[0] > 20 || (parts[0] === 20 && parts[1] >= 19)) require('../dist/start.js');
else {
  process.stderr.write(refusal.concat(hint).join(''));
  process.exitCode = 11;
}
