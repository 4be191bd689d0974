import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A file, below `src`, to what it imports: files as paths below `src`, libraries by name. */
export type Imports = ReadonlyMap<string, readonly string[]>;
/** A file or folder below `src`, or a library, to files and folders with spaces between them. */
export type Rows = Readonly<Record<string, string>>;

export function readImports(root: string, read = importsIn): Imports {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.ts'));
  return new Map(
    files.map((file) => [file, read(file, readFileSync(path.join(root, file), 'utf8'))]),
  );
}

export function importsIn(file: string, text: string): string[] {
  const statements = /^(?:import|export)\s(?:[^;'"]*?\sfrom\s)?'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(statements)].map(([, whole, onDemand]) =>
    targetOf(file, whole ?? onDemand ?? ''),
  );
}

/** The imports that are loaded together with the file: not those of types, and not those on demand. */
export function staticImportsIn(file: string, text: string): string[] {
  const statements = /^(?:import|export)\s(?!type\s)(?:[^;'"]*?\sfrom\s)?'([^']+)'/gm;
  return [...text.matchAll(statements)].map(([, name = '']) => targetOf(file, name));
}

/** The libraries that are loaded on demand and of which anything but the default is taken. */
export function namedLibrariesIn(text: string): string[] {
  const imports = /(?<!typeof )\bimport\(\s*'((?!node:)[^.'][^']*)'\s*,?\s*\)(\)\.default\b)?/g;
  return [...text.matchAll(imports)]
    .filter(({ 2: isDefault, index }) => {
      const statement = text.slice(0, index).replace(/^[\s\S]*;(?=\s)/, '');
      const takesDefault = /\{\s*default: (?:\w+|\{[^{}]*\}),?\s*\}/.test(statement);
      return isDefault === undefined && !takesDefault;
    })
    .map(([, name = '']) => name);
}

function targetOf(file: string, name: string): string {
  return name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
}

function listed(names: string): string[] {
  return names.split(/\s+/).filter((name) => name !== '');
}

export function isFile(name: string): boolean {
  return /\.(ts|json)$/.test(name);
}

export function isIn(file: string, place: string): boolean {
  if (place.endsWith('/*')) return path.posix.dirname(file) === place.slice(0, -2);
  return file === place || file.startsWith(`${place}/`);
}

function rowOf(file: string, table: Rows): string | undefined {
  const rows = Object.keys(table).filter((row) => isIn(file, row));
  return rows.sort((a, b) => b.length - a.length)[0];
}

export function wrongImports(imports: Imports, table: Rows, base: string): string[] {
  return [...imports].flatMap(([file, targets]) => {
    const row = rowOf(file, table);
    if (row === undefined) return [`${file} has no row`];
    const allowed = listed(`${base} ${table[row] ?? ''}`);
    return targets
      .filter(isFile)
      .filter((to) => rowOf(to, table) !== row && !allowed.some((place) => isIn(to, place)))
      .map((to) => `${file} imports ${to}`);
  });
}

/** What rows allow and no file of theirs imports, without what several rows share. */
export function unusedPlaces(imports: Imports, table: Rows, shared: string): string[] {
  return Object.entries(table).flatMap(([row, places]) => {
    const files = [...imports].filter(([file]) => rowOf(file, table) === row);
    const targets = files.flatMap(([, each]) => each);
    return listed(places)
      .filter((place) => !listed(shared).includes(place))
      .filter((place) => !targets.some((to) => isIn(to, place)))
      .map((place) => `${row} does not import ${place}`);
  });
}

export function wrongImporters(imports: Imports, table: Rows): string[] {
  const isOpen = (name: string) => name.startsWith('node:') && table[name] === undefined;
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((name) => !isFile(name) || table[name] !== undefined)
      .filter(
        (name) => !isOpen(name) && !listed(table[name] ?? '').some((place) => isIn(file, place)),
      )
      .map((name) => `${file} imports ${name}`),
  );
}

/** The folders directly in `root`, which counts as one itself, to the others that their files import. */
export function foldersIn(root: string, imports: Imports): Imports {
  const folderOf = (file: string) => {
    const [first = '', ...below] = file.slice(root.length + 1).split('/');
    return below.length === 0 ? root : `${root}/${first}`;
  };
  const folders = new Map<string, string[]>();
  for (const [file, targets] of imports) {
    if (!isIn(file, root)) continue;
    const folder = folderOf(file);
    const others = targets.filter((to) => isIn(to, root)).map(folderOf);
    folders.set(
      folder,
      [...(folders.get(folder) ?? []), ...others].filter((to) => to !== folder),
    );
  }
  return folders;
}

/** Each cycle once: its files in alphabetical order. */
export function cycles(imports: Imports): string[] {
  const reach = new Map([...imports.keys()].map((file) => [file, reachable(imports, file)]));
  const inCycle = [...reach].filter(([file, targets]) => targets.has(file));
  const found = inCycle.map(([file, targets]) =>
    [...targets]
      .filter((other) => reach.get(other)?.has(file) === true)
      .sort()
      .join(' '),
  );
  return [...new Set(found)].sort();
}

export function reachable(imports: Imports, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const target of imports.get(file) ?? []) {
      if (!found.has(target)) open.push(target);
      found.add(target);
    }
  }
  return found;
}
