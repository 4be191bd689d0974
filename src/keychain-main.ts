import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { answerQuestion, type KeychainProvider } from './session/keychain/answer.ts';
import type { KeychainQuestion } from './session/keychain/protocol.ts';
import type { Keytar } from './world.ts';

/** By the build: this is an executable with a runtime of its own. */
declare const STANDALONE: boolean;

const provider: KeychainProvider = {
  platform: process.platform,
  keytar: STANDALONE ? embeddedKeytar : async () => (await import('keytar')).default,
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

async function embeddedKeytar(): Promise<Keytar> {
  const { loadKeytar } = await import('./standalone/keytar.ts');
  const binding = readFileSync(join(dirname(process.argv[1] ?? ''), 'keytar.node'));
  const { platform, env } = process;
  const places = {
    ...{ platform, environment: env, userId: process.geteuid?.() },
    ...{ home: homeFolder(), temporary: tmpdir() },
  };
  return loadKeytar(binding, places, (file) => {
    const module: { exports: Partial<Keytar> } = { exports: {} };
    process.dlopen(module, file);
    return module.exports as Keytar;
  });
}

/** Undefined for an id that the system has no account for, as of `docker run --user`. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
