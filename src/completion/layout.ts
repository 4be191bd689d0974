/**
 * The shells' completion reads small text files in the cache folder: a shell starts no program and asks no
 * network for them. The scripts in `completions/` know this layout, so a change of it changes the version.
 */
const version = 1;

/** Whose names a file has. */
export interface Account {
  readonly user: { readonly id: string };
  readonly project: { readonly id: string };
}

/** The characters of a context, a credential's id or a path that a file's name has as they are. */
const fileWord = /^[\w.@+-]{1,100}$/;

/** A folder's name that no other version uses. */
export const namesFolder = `completion-${version}`;

/** More names than these help no user at the Tab key. */
export const maxNames = 5_000;
const maxNameLength = 255;

/** What the files of a login begin with; undefined for a context whose name a shell would have to encode. */
export function loginKey(login: string, credentialId: string | undefined): string | undefined {
  const word = credentialId ?? login;
  if (!fileWord.test(word)) return undefined;
  return credentialId === undefined ? word : `credential%${word}`;
}

/** Whose files these are: those of another login are not kept. */
export function accountText({ user, project }: Account): string {
  return `${user.id} ${project.id}`;
}

/** The first line of a login's file. */
export function accountLine(account: Account): string {
  return `# ${accountText(account)}`;
}

/** The file with the contexts of a settings file; undefined for a relative or an unusual path. */
export function contextsFile(settingsFile: string | undefined): string | undefined {
  if (settingsFile === undefined) return 'contexts';
  if (!/^(?:\/|[A-Za-z]:[\\/])[\w.@+/\\-]{1,200}$/.test(settingsFile)) return undefined;
  return `contexts${settingsFile.replace(/[\\/:]/g, '%')}`;
}

/**
 * Names that stand on a line of their own and that a command line can take. The names of images are
 * other people's text: none may look like a flag or move the cursor.
 */
export function offeredNames(names: readonly string[]): string[] {
  const offered = names.filter(
    (name) =>
      name.length <= maxNameLength &&
      /^[^\s-]/u.test(name) &&
      !/[\p{C}\p{Zl}\p{Zp}]|\s$/u.test(name),
  );
  return [...new Set(offered)].slice(0, maxNames);
}
