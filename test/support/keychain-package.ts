import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { builtProgram } from './build.ts';

/** The built program, installed beside a keytar that keeps its entries in a file. */
export interface KeychainPackage {
  readonly root: string;
  readonly program: string;
  /** From now on each call blocks a thread, as libsecret does while it shows a dialog. */
  readonly showDialog: () => Promise<void>;
  /** Answers the dialog: the call that waits for it goes on, and later ones do not wait. */
  readonly answerDialog: () => void;
  readonly entries: () => Record<string, string>;
  /** The calls so far, each as its name and the process that made it. */
  readonly calls: () => { readonly call: string; readonly pid: number }[];
}

const keytar = `
const fs = require('node:fs');
const { join } = require('node:path');
const file = (name) => join(__dirname, name);
const entries = () => JSON.parse(fs.readFileSync(file('entries.json'), 'utf8'));
const called = async (call) => {
  fs.appendFileSync(file('calls'), JSON.stringify({ call, pid: process.pid }) + '\\n');
  // Opening a FIFO that has no writer blocks a thread of the pool.
  await fs.promises.readFile(file('dialog')).catch(() => {});
};
const change = (edit) => {
  const all = entries();
  const result = edit(all);
  fs.writeFileSync(file('entries.json'), JSON.stringify(all));
  return result;
};
module.exports = {
  getPassword: async (_service, account) => {
    await called('get');
    return entries()[account] ?? null;
  },
  setPassword: async (_service, account, secret) => {
    await called('set');
    change((all) => { all[account] = secret; });
  },
  deletePassword: async (_service, account) => {
    await called('delete');
    return change((all) => account in all && delete all[account]);
  },
};
`;

export async function keychainPackage(): Promise<KeychainPackage> {
  const built = dirname(dirname(await builtProgram()));
  const root = mkdtempSync(join(tmpdir(), 'nubes-nb-keychain-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(join(built, name), join(root, name), { recursive: true, dereference: true });
  }
  const folder = join(root, 'node_modules', 'keytar');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), keytar);
  writeFileSync(join(folder, 'entries.json'), '{}');
  writeFileSync(join(folder, 'calls'), '');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    root,
    program: join(root, 'bin', 'nubes-nb.js'),
    showDialog: async () => {
      await execa('mkfifo', [join(folder, 'dialog')]);
    },
    answerDialog: () => {
      renameSync(join(folder, 'dialog'), join(folder, 'answered'));
      // Opened for both, a FIFO does not wait for its other side.
      closeSync(openSync(join(folder, 'answered'), 'r+'));
    },
    entries: () => JSON.parse(read('entries.json')),
    calls: () =>
      read('calls')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}
