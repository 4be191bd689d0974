import { type GenericSchema, type InferOutput, safeParse } from 'valibot';
import type { Reply } from '../service.ts';
import { notUnderstood } from './errors.ts';

/** The reply's body in the promised shape; throws ApiError SERVICE_ERROR for any other. */
export function read<Schema extends GenericSchema>(
  service: { readonly name: string },
  reply: Reply,
  schema: Schema,
): InferOutput<Schema> {
  const result = safeParse(schema, reply.body);
  if (!result.success) throw notUnderstood(service.name, reply);
  return result.output;
}
