/** A file of the user_data. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

/** What the user_data has installed before Jupyter starts. */
export interface Packages {
  /** The requirements file's. */
  readonly lines: readonly string[];
  /** Why pip would install none of them, whatever the index has; undefined: it would try. */
  readonly pipError: string | undefined;
}

const scriptPath = '/etc/nubes/packages.sh';
const unitFolder = '/etc/systemd/system/';

/**
 * As systemd and a shell would see it: a unit that Jupyter's own wants and comes after, with a script
 * that is there, which hands pip a file that is there.
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

/** A time that a machine was on. */
export interface BootTimes {
  /** When Jupyter answers, if the machine is on for so long. */
  readonly readyAt: Date;
  /** When the installation of packages begins; undefined: there is none this time. */
  readonly installsAt: Date | undefined;
}

/** The packages are installed at the first boot that lasts long enough, and take as long as booting. */
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

/** What a machine keeps of it on its disk; nothing is really installed. */
export function packagesReport({ lines, pipError }: Packages, indexIsDown: boolean): string {
  const failure = failureOf(pipError, indexIsDown);
  return [
    'A machine of the sandbox installs nothing. A real one would install with pip:',
    ...lines.map((line) => `  ${line}`),
    ...(failure === undefined ? [] : [`ERROR: ${failure}`]),
    '',
  ].join('\n');
}

/** Undefined when all goes well. */
export function failureOf(pipError: string | undefined, indexIsDown: boolean): string | undefined {
  return pipError ?? (indexIsDown ? 'the package index cannot be reached' : undefined);
}
