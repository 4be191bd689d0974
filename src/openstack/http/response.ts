import { type GenericSchema, type InferOutput, safeParse } from 'valibot';
import type { ApiError } from '../errors.ts';
import { type Answerer, foreignReply } from './foreign-reply.ts';
import type { Reply } from './reply.ts';

/** The body of the reply, checked by the schema. Throws ApiError SERVICE_ERROR if it does not match. */
export function parseReply<Schema extends GenericSchema>(
  service: Answerer,
  reply: Reply,
  schema: Schema,
): InferOutput<Schema> {
  const result = safeParse(schema, reply.body);
  if (!result.success) throw unexpectedReply(service, reply);
  return result.output;
}

/** The ApiError for a 2xx response that is not what the API defines. */
export function unexpectedReply(service: Answerer, { body, ...reply }: Reply): ApiError {
  return foreignReply(service, { ...reply, text: body === undefined ? '' : '{}' }, []);
}
