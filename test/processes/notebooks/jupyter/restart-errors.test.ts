import { test } from 'vitest';
import { directAccess, siteFile } from '../../../support/https.ts';
import { fakeSsh, ownKey } from '../../../support/ssh.ts';
import { workbench } from '../../../support/workbench.ts';

test.concurrent.for([
  ['certify x', ' with the certificate', 'nubes-nb certify x'],
  ['url x --renew --yes', " with the new token's digest", 'nubes-nb url x --renew'],
  ['restart x --jupyter-only', '', 'nubes-nb show x --probe'],
] as const)(
  '%s --timeout 1s exits 8 within seconds if the VM does not answer',
  async ([words, change, hint], { expect, onTestFinished }) => {
    const bench = await workbench({ ldap: false });
    onTestFinished(() => bench.close());
    await bench.login();
    const silent = fakeSsh(bench, 'exec sleep 600').environment;
    const own = { ...ownKey(bench), ...directAccess };
    await bench.nb('create x', { environment: own });
    const other = bench.secondComputer();
    await other.login();
    const environment = { ...own, ...(await siteFile(bench)).variables, ...silent };
    const computer = words.startsWith('url') ? other : bench;
    const startedAt = Date.now();
    const interruption = new AbortController();
    const timer = setTimeout(() => interruption.abort('SIGINT'), 9_000);
    const { code, stderr } = await computer.nb(`${words} --timeout 1s`, {
      environment,
      interruption,
    });
    clearTimeout(timer);
    expect(stderr).toContain(
      `Timed out: the VM of x did not answer, and Jupyter on x may have been restarted${change}.\nhint: ${hint}\n`,
    );
    expect([code, Date.now() - startedAt < 8_000]).toEqual([8, true]);
  },
);
