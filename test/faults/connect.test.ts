import { expect, test } from 'vitest';
import { connecting } from './commands.ts';
import { faultKinds, faultTable } from './fault-table.ts';
import { wrongCases } from './outcome.ts';
import { textOfTable } from './text.ts';

test('every outcome of the commands that use ssh is within the contract', async () => {
  const rows = await faultTable(connecting, { direct: true });
  expect(wrongCases(rows)).toEqual([]);
  await expect(textOfTable(rows, faultKinds)).toMatchFileSnapshot(
    '../golden/faults/connecting.txt',
  );
});
