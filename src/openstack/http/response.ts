import { type GenericSchema, type InferOutput, safeParse } from 'valibot';
import type { Reply } from '../service.ts';
import { unexpectedReply } from './errors.ts';

/** The body of the reply, checked by the schema. Throws ApiError SERVICE_ERROR if it does not match. */
export function parseReply<Schema extends GenericSchema>(
  service: { readonly name: string },
  reply: Reply,
  schema: Schema,
): InferOutput<Schema> {
  const result = safeParse(schema, reply.body);
  if (!result.success) throw unexpectedReply(service.name, reply);
  return result.output;
}
