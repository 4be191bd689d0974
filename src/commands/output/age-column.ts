import { formatAge } from '../../terminal/age.ts';
import type { Column } from '../../terminal/report.ts';

/** The age on a terminal; elsewhere, under `pipedName`, the time itself. `timeOf`: ISO 8601. */
export function ageColumn<Row>(pipedName: string, timeOf: (row: Row) => string): Column<Row> {
  return {
    name: 'age',
    pipedName,
    cell: (row, { isTty, now }) => (isTty ? formatAge(new Date(timeOf(row)), now()) : timeOf(row)),
  };
}
