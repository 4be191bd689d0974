import { setTimeout as pause } from 'node:timers/promises';
import { looseObject, parse, string } from 'valibot';
import { type Auth, call } from './api.ts';
import { lab } from './lab.ts';

/** Requests to Nova that run until `stop`. */
export interface Load {
  /** Deletes the load's servers, and returns the number of requests and their times as a line of text. */
  readonly stop: () => Promise<string>;
}

/** Each of `count` loops lists servers twice, then creates one, which it deletes after three more. */
export function startLoad(auth: Auth, count: number): Load {
  const times = { post: [] as number[], list: [] as number[] };
  let isStopped = false;
  const timed = async (kind: keyof typeof times, method: string, path: string, body?: unknown) => {
    const began = Date.now();
    const reply = await call(auth, method, `${lab('LAB_COMPUTE_URL')}${path}`, body);
    times[kind].push(Date.now() - began);
    return reply;
  };
  const loop = async (at: number) => {
    const made: string[] = [];
    const remove = (id: string | undefined) =>
      call(auth, 'DELETE', `${lab('LAB_COMPUTE_URL')}/servers/${id}`).catch(() => undefined);
    const round = async () => {
      for (let list = 0; list < 2; list += 1)
        await timed('list', 'GET', '/servers/detail?tags=load');
      const reply = await timed('post', 'POST', '/servers', {
        server: serverCalled(`nb-load-${at}`),
      });
      made.push(parse(serverReply, reply).server.id);
      if (made.length > 3) await remove(made.shift());
    };
    while (!isStopped) await round().catch(() => pause(500));
    await Promise.all(made.map(remove));
  };
  const loops = Array.from({ length: count }, (_, at) => loop(at));
  const stop = async () => {
    isStopped = true;
    await Promise.all(loops);
    return `load: POST ${summaryOf(times.post)}; list ${summaryOf(times.list)}`;
  };
  return { stop };
}

function serverCalled(name: string): unknown {
  const [imageRef, flavorRef] = [lab('LAB_IMAGE_ID'), lab('LAB_FLAVOR_ID')];
  return { name, imageRef, flavorRef, networks: [{ uuid: lab('LAB_NETWORK_ID') }], tags: ['load'] };
}

const serverReply = looseObject({ server: looseObject({ id: string() }) });

function summaryOf(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const part = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return `${sorted.length}, median ${part(0.5)} ms, 95 % below ${part(0.95)} ms, longest ${part(1)} ms`;
}
