import { array, nullish, object, pipe, string, transform } from 'valibot';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';

/** Something that was done to a server; `message` is `Error` when it failed. */
export interface InstanceAction {
  readonly action: string;
  readonly requestId: string;
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

/** What was done to a server, newest first. */
export async function list(compute: Service, id: string): Promise<InstanceAction[]> {
  const reply = await compute.get(`/servers/${encodeURIComponent(id)}/os-instance-actions`);
  return read(compute, reply, body).instanceActions;
}
