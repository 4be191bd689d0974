// Writes THIRD-PARTY-NOTICES, the licences of all bundled packages, and sbom.cdx.json, a list of them in
// CycloneDX's format. Both come from what esbuild put into the bundles, which package.json does not say.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Packages without a text of their own, and the package of the same repository that has it. */
const sameRepository = { 'proxy-agent-negotiate': 'https-proxy-agent' };
/** The licence in the README of packages whose package.json has none. */
const declaredInReadme = { precond: 'MIT' };

const cyclonedx = fileURLToPath(new URL('../node_modules/.bin/cyclonedx-esbuild', import.meta.url));

/** `metafiles` and `legal` (comments that licences require) are esbuild's; `folder` is where it ran. */
export async function writeThirdParty(folder, metafiles, legal) {
  const inputs = Object.assign({}, ...metafiles.map((each) => each.inputs));
  const outputs = Object.assign({}, ...metafiles.map((each) => withoutReplaced(each.outputs)));
  const separate = await separatePackages(folder);
  for (const path of separate.values()) {
    outputs[path] = { entryPoint: path, inputs: { [path]: { bytesInOutput: 1 } } };
  }
  const bom = await billOfMaterials(folder, { inputs, outputs });
  const folders = await packageFolders(folder, Object.keys(inputs));
  const notices = [];
  const unknown = [];
  for (const component of bom.components) {
    const { evidence, ...rest } = component;
    component.evidence = undefined;
    const id = idOf(component);
    if (separate.has(id)) component.scope = 'optional';
    else {
      const notice = await noticeOf(rest, evidence, folders);
      if (notice === undefined) unknown.push(id);
      else notices.push(notice);
    }
    component.licenses ??= [{ license: { id: declaredInReadme[component.name] } }];
  }
  if (unknown.length > 0) {
    throw new Error(
      unknown.map((id) => `${id} is bundled, but its licence is not known.`).join('\n'),
    );
  }
  const heading = 'Packages that are part of nubes-nb, with their licences.';
  const text = [heading, ...notices, `Notices in files of these packages\n\n${legal.trim()}`];
  await writeFile(join(folder, 'THIRD-PARTY-NOTICES'), `${text.join(separator)}\n`);
  await writeFile(join(folder, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 1)}\n`);
}

const separator = `\n\n${'-'.repeat(80)}\n\n`;

/** Without the modules that unused.mjs makes up, and without those of which nothing is left. */
function withoutReplaced(outputs) {
  const isKept = ([path, { bytesInOutput }]) => bytesInOutput > 0 && !path.startsWith('unused-by-');
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      const inputs = Object.fromEntries(Object.entries(output.inputs).filter(isKept));
      return [name, { ...output, inputs }];
    }),
  );
}

async function billOfMaterials(folder, metafile) {
  const temporary = await mkdtemp(join(tmpdir(), 'nubes-nb-sbom-'));
  try {
    const file = join(temporary, 'metafile.json');
    await writeFile(file, JSON.stringify(metafile));
    const flags = ['--gather-license-texts', '--output-reproducible', '--bwd', folder];
    const { stdout } = await promisify(execFile)(process.execPath, [cyclonedx, ...flags, file], {
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(stdout);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** The packages that npm installs beside this one, with those that they need, by id. */
async function separatePackages(folder) {
  const { dependencies, optionalDependencies } = await readPackage(folder);
  const found = new Map();
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  for (const name of names) {
    const { dependencies: needed = {}, ...own } = await readPackage(packageFolder(folder, name));
    found.set(idOf(own), join('node_modules', name, 'package.json'));
    names.push(...Object.keys(needed).filter((each) => !names.includes(each)));
  }
  return found;
}

/** Undefined if the licence or its text is not known. */
async function noticeOf({ name, group, version, licenses }, evidence, folders) {
  const id = idOf({ name, group, version });
  const texts = evidence?.licenses?.map(({ license }) =>
    Buffer.from(license.text.content, 'base64').toString('utf8').trim(),
  );
  const found = texts ?? (await textElsewhere(name, folders.get(id)));
  const declared = licenses?.map(({ license, expression }) => license?.id ?? expression);
  const names = declared ?? [declaredInReadme[name]];
  if (found.length === 0 || names.includes(undefined)) return undefined;
  return [`${id} (${names.join(', ')})`, ...found].join('\n\n');
}

/** The section of the README, or the file of another package of the repository. */
async function textElsewhere(name, packagePath) {
  const names = await readdir(packagePath);
  const readme = names.find((file) => /^readme(\.|$)/i.test(file));
  const text = readme === undefined ? '' : await readFile(join(packagePath, readme), 'utf8');
  const [, section] = /^#+ *licen[cs]e\s*\n+([\s\S]+?)(?:\n#|$(?![\s\S]))/im.exec(text) ?? [];
  if (section !== undefined) return [section.trim(), ...(await linkedText(section))];
  const other = sameRepository[name];
  if (other === undefined) return [];
  return [(await readFile(join(packagePath, '..', other, 'LICENSE'), 'utf8')).trim()];
}

/** The text of a licence that the README only links to. */
async function linkedText(section) {
  const isLink = /\bMIT\b/.test(section) && !/permission is hereby granted/i.test(section);
  return isLink
    ? [(await readFile(new URL('mit-licence.txt', import.meta.url), 'utf8')).trim()]
    : [];
}

async function packageFolders(folder, paths) {
  const found = new Map();
  const folders = new Set(
    paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  for (const path of folders)
    found.set(idOf(await readPackage(join(folder, path))), join(folder, path));
  return found;
}

function packageFolder(folder, name) {
  return join(folder, 'node_modules', name);
}

async function readPackage(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

function idOf({ group, name, version }) {
  return `${group === undefined ? '' : `${group}/`}${name}@${version}`;
}
