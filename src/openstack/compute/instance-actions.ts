import { array, nullish, object, pipe, string, transform } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface InstanceAction {
  readonly action: string;
  readonly requestId: string;
  /** `Error` if it failed. */
  readonly message: string | null;
}

const body = object({
  instanceActions: array(
    pipe(
      object({
        action: string(),
        request_id: nullish(string(), ''),
        message: nullish(string(), null),
      }),
      transform(
        (wire): InstanceAction => ({
          action: wire.action,
          requestId: wire.request_id,
          message: wire.message,
        }),
      ),
    ),
  ),
});

/** Newest first. */
export async function list(compute: Service, id: string): Promise<InstanceAction[]> {
  const reply = await compute.get(`/servers/${encodeURIComponent(id)}/os-instance-actions`);
  return parseReply(compute, reply, body).instanceActions;
}
