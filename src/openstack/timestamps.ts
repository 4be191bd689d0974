import { type GenericSchema, nullish, pipe, rawTransform, string } from 'valibot';

/** A time as the services spell it: with `Z`, or with microseconds and no zone, which means UTC. */
function instantOf(text: string): Date {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  return new Date(zoned.replace(/(\.\d{3})\d+/, '$1'));
}

/** A required time. */
export const instant = pipe(
  string(),
  rawTransform(({ dataset, addIssue, NEVER }) => {
    const date = instantOf(dataset.value);
    if (!Number.isNaN(date.getTime())) return date;
    addIssue({ message: 'not a time' });
    return NEVER;
  }),
) satisfies GenericSchema<string, Date>;

/** A time that may be null or absent. */
export const optionalInstant = nullish(instant);
