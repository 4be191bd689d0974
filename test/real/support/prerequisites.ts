import { access } from 'node:fs/promises';
import { labFile } from './lab.ts';
import { program } from './test-user.ts';

/** Fails with what is missing before any test runs. */
export async function setup(): Promise<void> {
  await present(labFile, 'the lab is not up: npm run test:real starts it');
  await present(program, 'the program is not built: node scripts/build.mjs');
  if (process.env['NUBES_KEYRING_HOME'] === undefined) {
    throw new Error(
      'no keyring: run the tests with test/real/keyring.sh, as npm run test:real does',
    );
  }
}

async function present(path: string, otherwise: string): Promise<void> {
  await access(path).catch(() => {
    throw new Error(otherwise);
  });
}
