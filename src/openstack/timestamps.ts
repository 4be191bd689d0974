import { type GenericSchema, nullish, pipe, rawTransform, string } from 'valibot';

/** The services write `Z`, or microseconds and no time zone, which means UTC. */
function parseTimestamp(text: string): Date {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  return new Date(zoned.replace(/(\.\d{3})\d+/, '$1'));
}

/** A required timestamp. */
export const timestamp = pipe(
  string(),
  rawTransform(({ dataset, addIssue, NEVER }) => {
    const date = parseTimestamp(dataset.value);
    if (!Number.isNaN(date.getTime())) return date;
    addIssue({ message: 'not a timestamp' });
    return NEVER;
  }),
) satisfies GenericSchema<string, Date>;

/** A timestamp that may be null or absent. */
export const optionalTimestamp = nullish(timestamp);
