import { expect, test } from 'vitest';
import { changing } from './commands.ts';
import { faultTable, textOfTable, violations } from './fault-table.ts';

test('every outcome of the commands that change something is within the contract', async () => {
  const rows = await faultTable(changing);
  const wrong = rows.flatMap(({ cases }) =>
    cases.flatMap((each) => {
      const problems = violations(each);
      const { command, call, fault, seen } = each;
      return problems.length === 0 ? [] : [{ command, call, fault, problems, stderr: seen.stderr }];
    }),
  );
  expect(wrong).toEqual([]);
  await expect(textOfTable(rows)).toMatchFileSnapshot('../golden/faults/changing.txt');
});
