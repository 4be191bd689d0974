import { expect, test } from 'vitest';
import { changing } from './commands.ts';
import { faultKinds, faultTable } from './fault-table.ts';
import { wrongCases } from './outcome.ts';
import { textOfTable } from './text.ts';

test('every outcome of the commands that change something is within the contract', async () => {
  const rows = await faultTable(changing, { direct: true });
  expect(wrongCases(rows)).toEqual([]);
  await expect(textOfTable(rows, faultKinds)).toMatchFileSnapshot('../golden/faults/changing.txt');
});
