import { createInterface } from 'node:readline';
import { answerQuestion, type KeychainProvider } from './session/keychain/answer.ts';
import type { KeychainQuestion } from './session/keychain/protocol.ts';

const provider: KeychainProvider = {
  platform: process.platform,
  keytar: async () => (await import('keytar')).default,
  secretService: async (service) => {
    const { connectSecretService } = await import('./session/keychain/secret-service.ts');
    return connectSecretService(service);
  },
};

// The program decides what Ctrl-C ends: a write that has begun may finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const questions = createInterface({ input: process.stdin });
questions.on('line', async (line) => {
  const question: KeychainQuestion = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await answerQuestion(provider, question))}\n`);
});
// Only SIGKILL ends a process that is inside libsecret: `process.exit` would wait for the call.
questions.on('close', () => process.kill(process.pid, 'SIGKILL'));
