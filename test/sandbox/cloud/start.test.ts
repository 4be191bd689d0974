import { expect, test } from 'vitest';
import { startCloud } from '../../../src/sandbox/cloud/cloud.ts';

test('a person logs in and the catalogue leads to this cloud', async () => {
  const cloud = await startCloud();
  const reply = await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'POST',
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: {
            user: { name: 'alice', domain: { name: 'stfc' }, password: 'alice-pw-1' },
          },
        },
        scope: { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } },
      },
    }),
  });
  expect(reply.status).toBe(201);
  expect(await reply.text()).toContain(cloud.endpoints.compute);
  await cloud.close();
});
