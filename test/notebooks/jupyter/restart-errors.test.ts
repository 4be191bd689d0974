import { afterEach, beforeEach, expect, test } from 'vitest';
import { directAccess, siteFile } from '../../support/https.ts';
import { fakeSsh, ownKey } from '../../support/ssh.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

test.each(['certify x', 'url x --renew --yes', 'restart x --jupyter-only'])(
  '%s --timeout ends in time when the VM says nothing, and exits 8',
  async (words) => {
    const mute = fakeSsh(bench, 'exec sleep 600').environment;
    const own = { ...ownKey(bench), ...directAccess };
    await bench.nb('create x', { environment: own });
    const other = bench.secondComputer();
    await other.login();
    const environment = { ...own, ...(await siteFile(bench)).variables, ...mute };
    const computer = words.startsWith('url') ? other : bench;
    const began = Date.now();
    const interruption = new AbortController();
    const giveUp = setTimeout(() => interruption.abort('SIGINT'), 9_000);
    const { code, stderr } = await computer.nb(`${words} --timeout 1s`, {
      environment,
      interruption,
    });
    clearTimeout(giveUp);
    expect(stderr).toContain(
      'Timed out: the VM of x did not report whether Jupyter was restarted.',
    );
    expect([code, Date.now() - began < 8_000]).toEqual([8, true]);
  },
);
