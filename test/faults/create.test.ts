import { expect, test } from 'vitest';
import { creating } from './commands.ts';
import { faultKinds, faultTable } from './fault-table.ts';
import { wrongCases } from './outcome.ts';
import { textOfTable } from './text.ts';

test('every outcome of the commands that create is within the contract', async () => {
  const rows = await faultTable(creating);
  expect(wrongCases(rows)).toEqual([]);
  await expect(textOfTable(rows, faultKinds)).toMatchFileSnapshot('../golden/faults/creating.txt');
});
