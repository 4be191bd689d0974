import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { processBench } from '../support/processes.ts';

const limits = Array.from({ length: 12 }, (_, at) => 16 + 2 * at);

test('with too few open files for a command, it says so without a stack trace', async () => {
  const bench = await processBench({}, '');
  onTestFinished(bench.close);
  const program = await builtProgram();
  const limited = async (limit: number, ...words: readonly string[]) => {
    const script = 'ulimit -n "$0" && exec "$@"';
    const { exitCode, stderr } = await execa(
      'bash',
      ['-c', script, String(limit), process.execPath, program, ...words],
      { env: bench.environment, extendEnv: false, reject: false, input: '' },
    );
    return { exitCode, stderr };
  };
  const seen: {
    readonly limit: number;
    readonly isJson: boolean;
    readonly exitCode: number | undefined;
    readonly stderr: string;
  }[] = [];
  for (const limit of limits) {
    // With fewer, Node itself ends before it has read the program.
    if ((await limited(limit, '--version')).exitCode !== 0) continue;
    for (const words of [
      ['ls'],
      ['ls', '--json'],
      ['create', 'x', '--dry-run'],
      ['tunnel', 'x', '--background'],
    ]) {
      seen.push({ limit, isJson: words.includes('--json'), ...(await limited(limit, ...words)) });
    }
  }
  expect(seen.filter(({ stderr }) => /\n {4}at |\bbug\b/.test(stderr))).toEqual([]);
  expect(seen.filter(({ exitCode }) => exitCode === 1)).toEqual([]);
  const refused = seen.filter(({ exitCode }) => exitCode === 11);
  const withoutJson = refused.filter(({ isJson, stderr }) => isJson !== /^\{"error"/m.test(stderr));
  expect(withoutJson).toEqual([]);
  expect(refused.map(({ stderr }) => stderr)).toContain(
    'error: Cannot open another file: this process has as many open as it may.\nhint: ulimit -n 1024, then the same command again',
  );
});
