import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directAccess, siteFile, visit } from '../support/https.ts';
import { hasSsh, ownKey, runUntilCtrlC } from '../support/ssh.ts';
import { sharedBench } from '../support/workbench.ts';

// One whole run of each command; their cases are in test/processes/.
const bench = await sharedBench();
const environment = ownKey(bench);
const nb = (words: string | readonly string[], more: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...environment, ...more } });

describe.runIf(hasSsh)('commands over ssh', () => {
  test('cp, exec, url --renew and open reach a notebook with packages', async () => {
    writeFileSync(join(bench.home, 'requirements.txt'), 'numpy\n');
    const made = await nb('create x --requirements requirements.txt --json');
    expect(JSON.parse(made.stdout)).toMatchObject({ status: 'ready', packages: 'installed' });
    writeFileSync(join(bench.home, 'data'), '1,2');
    expect((await nb('cp data x:')).code).toBe(0);
    expect((await nb('exec x -- cat data')).stdout).toBe('1,2');
    expect((await nb('cp x:~/data back')).code).toBe(0);
    expect(readFileSync(join(bench.home, 'back'), 'utf8')).toBe('1,2');
    expect((await nb('url x --renew')).code).toBe(0);
    expect(JSON.parse((await nb('show x --probe --json')).stdout).status).toBe('ready');

    const opened = await runUntilCtrlC(bench, 'open x --no-browser', environment, async (url) => {
      expect(await (await fetch(url)).text()).toContain('<h1>alice/x</h1>');
    });
    expect([opened.code, opened.url]).toEqual([130, expect.stringContaining('token=')]);
  });

  test('cp refuses a local file that is missing or a device, without a request', async () => {
    const before = bench.sandbox.cloud.requests.length;
    for (const [file, why] of [
      ['nowhere.csv', 'cannot be read: there is no such file'],
      ['/dev/null', 'is a device'],
    ]) {
      const { code, stderr } = await nb(['cp', file ?? '', 'x:']);
      expect(stderr).toBe(`error: ${file} ${why}.\n`);
      expect(code).toBe(2);
    }
    expect(bench.sandbox.cloud.requests).toHaveLength(before);
  });

  test('cp into a local folder that does not exist names it, not the paths of the notebook', async () => {
    await nb('create x');
    await nb('exec x -- touch data');
    const { code, stderr } = await nb('cp x:data nowhere/data');
    expect(stderr).toMatch(
      /^error: scp could not copy: .*nowhere\/data.*: No such file or directory\.\n$/,
    );
    expect(code).toBe(3);
  });

  test('certify replaces the certificate of a direct notebook', async () => {
    const { url } = JSON.parse((await nb('create x --json', directAccess)).stdout);
    const { sha256, variables } = await siteFile(bench);
    expect((await visit(url)).sha256).not.toBe(sha256);
    expect((await nb('certify x', { ...directAccess, ...variables })).code).toBe(0);
    expect(await visit(url)).toEqual({ status: 200, sha256 });
  });
});
