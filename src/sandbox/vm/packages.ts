/** A file of the user_data. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

/** The packages that the user_data installs before Jupyter starts. */
export interface Packages {
  /** The lines of the requirements file. */
  readonly lines: readonly string[];
  /** Why pip would fail before it asks an index; undefined: it would not. */
  readonly pipError: string | undefined;
}

const scriptPath = '/etc/nubes/packages.sh';
const unitFolder = '/etc/systemd/system/';

/**
 * The packages, if systemd would install them: Jupyter's unit has `Wants=` and `After=` for a unit
 * whose script passes a requirements file to pip.
 */
export function packagesIn(files: readonly WrittenFile[]): Packages | undefined {
  const at = (path: string) => files.find((file) => file.path === path)?.content;
  const jupyter = at(`${unitFolder}nubes-jupyter.service`) ?? '';
  const unit = files.find(
    ({ path, content }) =>
      path.startsWith(unitFolder) && content.includes(`\nExecStart=/bin/sh ${scriptPath}\n`),
  );
  const name = unit?.path.slice(unitFolder.length);
  const isOrdered = ['After', 'Wants'].every((key) =>
    jupyter.split('\n').some((line) => {
      const [found, words = ''] = line.split('=');
      return found === key && name !== undefined && words.split(' ').includes(name);
    }),
  );
  const list = /(?:^|\s)-r (\/\S+)/.exec(at(scriptPath) ?? '')?.[1];
  if (!isOrdered || list === undefined) return undefined;
  const lines = (at(list) ?? '').split('\n').filter((line) => line !== '');
  const invalidLine = lines.find((line) => !/^[A-Za-z0-9][^@/\\]*$/.test(line));
  if (at(list) === undefined)
    return { lines, pipError: `Could not open requirements file ${list}` };
  return {
    lines,
    pipError: invalidLine === undefined ? undefined : `Invalid requirement: '${invalidLine}'`,
  };
}

/** The events of one boot. */
export interface BootTimes {
  /** When Jupyter answers, unless the VM is powered off before. */
  readonly readyAt: Date;
  /** When the installation of packages starts; undefined: not at this boot. */
  readonly installsAt: Date | undefined;
}

/** Packages are installed at the first boot that lasts long enough, and take `readyMs`. */
export function bootTimesOf(
  boots: readonly Date[],
  { readyMs, packages }: { readonly readyMs: number; readonly packages: Packages | undefined },
): readonly BootTimes[] {
  let isDue = packages !== undefined;
  return boots.map((boot, number) => {
    const upAt = new Date(boot.getTime() + readyMs);
    if (!isDue) return { readyAt: upAt, installsAt: undefined };
    const readyAt = new Date(upAt.getTime() + readyMs);
    const next = boots[number + 1];
    if (next !== undefined && next >= readyAt) isDue = false;
    return { readyAt, installsAt: upAt };
  });
}

/** The package log on the VM's disk. The sandbox installs nothing. */
export function packagesReport({ lines, pipError }: Packages, indexIsDown: boolean): string {
  const failure = failureOf(pipError, indexIsDown);
  return [
    'A machine of the sandbox installs nothing. A real one would install with pip:',
    ...lines.map((line) => `  ${line}`),
    ...(failure === undefined ? [] : [`ERROR: ${failure}`]),
    '',
  ].join('\n');
}

/** Undefined if the installation succeeds. */
export function failureOf(pipError: string | undefined, indexIsDown: boolean): string | undefined {
  return pipError ?? (indexIsDown ? 'the package index cannot be reached' : undefined);
}
