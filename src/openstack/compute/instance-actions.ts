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

const single = object({
  instanceAction: object({
    events: nullish(array(object({ event: string(), result: nullish(string()) })), []),
  }),
});

/** The step that failed, such as `schedule_instances`; undefined if none did, or policy hides them. */
export async function failedEvent(
  compute: Service,
  id: string,
  requestId: string,
): Promise<string | undefined> {
  const path = `/servers/${encodeURIComponent(id)}/os-instance-actions/${encodeURIComponent(requestId)}`;
  const { events } = parseReply(compute, await compute.get(path), single).instanceAction;
  return events.find(({ result }) => result === 'Error')?.event;
}

/** Newest first. */
export async function list(compute: Service, id: string): Promise<InstanceAction[]> {
  const reply = await compute.get(`/servers/${encodeURIComponent(id)}/os-instance-actions`);
  return parseReply(compute, reply, body).instanceActions;
}
