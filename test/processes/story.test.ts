import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { section, withSection } from '../../scripts/docs.ts';
import { builtProgram } from '../support/build.ts';
import { regularText } from '../support/regular-text.ts';

// `npm run test:processes -- story -u` writes the demo's current output into the README.

test("the README's session is what the demo prints", { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-story-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { exitCode, stdout } = await execa('node', [await builtProgram(), 'sandbox', 'demo'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    extendEnv: false,
    reject: false,
  });

  const readme = readFileSync('README.md', 'utf8');
  const written = section(readme, 'story');
  const output = (await hasSsh()) ? stdout : withTunnel(stdout, written);
  const printed = `\`\`\`console\n${output}\n\`\`\``;
  const story = regularText(written) === regularText(printed) ? written.trimEnd() : printed;
  await expect(withSection(readme, 'story', story)).toMatchFileSnapshot('../../README.md');
  expect(exitCode).toBe(0);
});

async function hasSsh(): Promise<boolean> {
  return (await execa('ssh', ['-V'], { reject: false })).exitCode === 0;
}

/** The output as it would be on a computer that has ssh. */
function withTunnel(story: string, written: string): string {
  const [answer = ''] = /^# Through the tunnel.*/m.exec(written) ?? [];
  return story.replace(/^# This computer has no ssh.*/m, answer);
}
