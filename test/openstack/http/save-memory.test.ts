import { expect, test } from 'vitest';
import { service } from '../../../src/openstack/service.ts';
import { quietHttp, serve } from '../fake-service.ts';

test.each([
  ['one of 100 kB', [100], 0],
  ['three of 100 kB', [100, 100, 100], 1],
  ['two of 300 kB', [300, 300], 2],
])('memory is saved for each 256 KiB of responses: %s', async (_, sizes, times) => {
  const { url } = await serve((_request, _response, nth) => ({
    json: { text: 'x'.repeat((sizes[nth - 1] ?? 0) * 1_000) },
  }));
  let saved = 0;
  const { http } = quietHttp({
    saveMemory: () => {
      saved += 1;
    },
  });
  const nova = service(http, { name: 'Nova', baseUrl: url });
  for (const _size of sizes) await nova.get('/servers');
  expect(saved).toBe(times);
});
