import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

const { writeThirdParty } = await import(resolve('scripts/third-party.mjs'));

const mit = 'MIT License\n\nCopyright (c) 2026 A. Nother\n\nPermission is hereby granted …';

test('the notices have the licence of each package in the bundle, and the list has each package', async () => {
  const folder = project({
    'node_modules/@scope/texts/package.json': packageJson('@scope/texts', 'MIT'),
    'node_modules/@scope/texts/LICENSE': mit,
    'node_modules/@scope/texts/index.js': 'export const used = Date.now();',
    'node_modules/readme/package.json': packageJson('readme', 'MIT'),
    'node_modules/readme/README.md':
      '# Read me\n\n## License\n\nThe [MIT License](http://x/).\n\n## Other',
    'node_modules/readme/index.js': 'console.log(2);',
    'node_modules/unused/package.json': packageJson('unused', undefined),
    'node_modules/unused/index.js': 'export const unused = 1;',
    'node_modules/native/package.json': packageJson('native', 'ISC', {
      dependencies: { deep: '*' },
    }),
    'node_modules/deep/package.json': packageJson('deep', 'ISC'),
    'main.js': `import { used } from '@scope/texts'; import 'readme'; import 'unused'; console.log(used);`,
    'package.json': packageJson('fake', 'ISC', { optionalDependencies: { native: '*' } }),
  });
  await bundle(folder);
  const notices = readFileSync(join(folder, 'THIRD-PARTY-NOTICES'), 'utf8');
  expect(notices.split(`\n\n${'-'.repeat(80)}\n\n`)).toEqual([
    'Packages that are part of nubes-nb, with their licences.',
    `@scope/texts@1.0.0 (MIT)\n\n${mit}`,
    expect.stringMatching(
      /^readme@1\.0\.0 \(MIT\)\n\nThe \[MIT License\].*\n\nPermission is hereby granted/,
    ),
    'Notices in files of these packages\n\n/*! Ours. */\n',
  ]);
  const { components, metadata } = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'));
  const listed = components.map(({ name, scope }: Record<string, string>) => `${name} ${scope}`);
  expect(listed.sort()).toEqual([
    'deep optional',
    'native optional',
    'readme required',
    'texts required',
  ]);
  expect(metadata.component.name).toBe('fake');
});

test('bundled packages without a licence or its text stop the build, which names each', async () => {
  const folder = project({
    'node_modules/no-text/package.json': packageJson('no-text', 'MIT'),
    'node_modules/neither/package.json': packageJson('neither', undefined),
    'node_modules/no-name/package.json': packageJson('no-name', undefined),
    'node_modules/no-name/LICENSE': mit,
    'node_modules/known/package.json': packageJson('known', 'MIT'),
    'node_modules/known/LICENSE': mit,
    ...Object.fromEntries(
      ['no-text', 'neither', 'no-name', 'known'].map((name) => [
        `node_modules/${name}/index.js`,
        'console.log(1);',
      ]),
    ),
    'main.js': `import 'no-text'; import 'neither'; import 'no-name'; import 'known';`,
    'package.json': packageJson('fake', 'ISC'),
  });
  const { message } = await bundle(folder).then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );
  expect(message.split('\n').sort()).toEqual([
    'neither@1.0.0 is bundled, but its licence is not known.',
    'no-name@1.0.0 is bundled, but its licence is not known.',
    'no-text@1.0.0 is bundled, but its licence is not known.',
  ]);
});

async function bundle(folder: string): Promise<void> {
  const { metafile } = await build({
    ...{ absWorkingDir: folder, entryPoints: ['main.js'], bundle: true, format: 'esm' },
    ...{ metafile: true, write: false, outdir: 'dist' },
  });
  await writeThirdParty(folder, [metafile], '/*! Ours. */\n');
}

function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-third-party-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

function packageJson(name: string, license: string | undefined, more: object = {}): string {
  return JSON.stringify({ name, version: '1.0.0', license, ...more });
}
