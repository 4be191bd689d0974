import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import { gibibytes } from '../../gibibytes.ts';
import type { ImageChoice } from '../../notebooks/create/choice/images.ts';
import type { TakenNames } from '../../notebooks/create/choice/names.ts';
import type { Size } from '../../notebooks/create/choice/sizes.ts';
import { checkAccess } from '../../notebooks/create/options.ts';
import { isName } from '../../notebooks/name.ts';
import { setSetting } from '../../settings/change.ts';
import { formatAge } from '../../terminal/age.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { CreateFlagValues } from './create.ts';
import { widest } from './pick.ts';

interface Asked {
  readonly names: readonly string[];
  readonly image?: string;
  readonly size?: string;
}

interface AskingFlags extends CreateFlagValues {
  readonly ifExists: string;
}

/**
 * Asks for what neither flags nor settings say: the name, the image, the size. Throws what would refuse the create
 * whatever the answers are: NAME_TAKEN, QUOTA_EXCEEDED, NOT_FOUND, CONFIGURATION.
 */
export async function askForMissing(
  app: App,
  names: readonly string[],
  flags: AskingFlags,
): Promise<Asked> {
  const { notebook } = await app.settings();
  const { access = notebook.access } = flags;
  checkAccess({ access }, notebook);
  const image = flags.image ?? notebook.image;
  const size = flags.size ?? notebook.size;
  const deps = await app.deps();
  const { takenNames } = await import('../../notebooks/create/choice/names.ts');
  const { listImages } = await import('../../notebooks/create/choice/images.ts');
  const { listSizes } = await import('../../notebooks/create/choice/sizes.ts');
  const { openLookups } = await import('../../notebooks/create/lookups.ts');
  const lookups = openLookups(deps);
  const [taken, sizes, images] = await Promise.all([
    takenNames(deps),
    listSizes(deps),
    image === undefined ? listImages(deps, false) : [],
    // Refused here if it does not exist, before a question.
    image === undefined ? undefined : lookups.image({ image }),
    size === undefined ? undefined : lookups.size({ size }),
    lookups.network({ network: flags.network ?? notebook.network }),
  ]);
  const [only, ...others] = names;
  const isTaken = only !== undefined && taken.has(only);
  if (isTaken && flags.ifExists === 'fail') taken.refuse(only);
  // Nothing is created, so nothing is to be chosen.
  if (isTaken && others.length === 0) return { names };
  if (image === undefined && images.length === 0) await lookups.image({ image });
  if (size === undefined && sizes.length === 0) await lookups.size({ size });
  refuseIfFull(sizes.filter(({ name, id }) => [undefined, name, id].includes(size)));
  const asked = names.length > 0 ? names : [await askName(app.terminal, taken)];
  const chosenImage = images.length === 0 ? undefined : await askImage(app.terminal, images);
  const chosenSize =
    size === undefined ? await askSize(app.terminal, sizes, chosenImage) : undefined;
  const chosen = {
    ...(chosenImage === undefined ? {} : { image: chosenImage.name }),
    ...(chosenSize === undefined ? {} : { size: chosenSize.name }),
  };
  if (flags.dryRun !== true) await offerDefaults(app, chosen);
  return { names: asked, ...chosen };
}

function refuseIfFull(sizes: readonly Size[]): void {
  if (sizes.length === 0 || sizes.some(({ fits }) => fits !== 0)) return;
  const message = 'No size fits: the quota or limits.per_user leaves no room for another notebook.';
  throw new NubesError('QUOTA_EXCEEDED', message, {
    hint: 'nubes-nb quota shows what is used, and what stopped notebooks hold',
  });
}

async function askName({ ask }: Terminal, taken: TakenNames): Promise<string> {
  const name = await ask.text({
    message: 'Name of the notebook:',
    flag: 'a name',
    initial: taken.suggestion,
    problem: (typed) => {
      if (!isName(typed)) return 'Use 1 to 32 of a-z, 0-9 and -, a letter first, - not last.';
      return taken.has(typed) ? `You have a notebook named ${typed}.` : undefined;
    },
  });
  return name.trim();
}

function askImage({ ask, now }: Terminal, images: readonly ImageChoice[]): Promise<ImageChoice> {
  const width = widest(images.map(({ name }) => name));
  return ask.choose({
    message: 'Image:',
    flag: '--image',
    choices: images.map((image) => {
      const { name, jupyter, software, createdAt } = image;
      const about =
        jupyter === false ? 'without Jupyter' : (software ?? (jupyter ? 'Jupyter' : ''));
      const age = formatAge(new Date(createdAt), now());
      return {
        name: `${name.padEnd(width)}  ${age.padStart(4)} old  ${about}`.trimEnd(),
        short: name,
        value: image,
      };
    }),
  });
}

/** Those that do not fit come last and cannot be chosen. */
function askSize(
  { ask }: Terminal,
  sizes: readonly Size[],
  image: ImageChoice | undefined,
): Promise<Size> {
  const width = widest(sizes.map(({ name }) => name));
  const choices = sizes.map((size) => {
    const { name, vcpus, ramMiB, diskGiB, fits } = size;
    const isSmall = image !== undefined && (image.minDiskGiB > diskGiB || image.minRamMiB > ramMiB);
    return {
      name: [
        name.padEnd(width),
        `${vcpus} ${vcpus === 1 ? 'core' : 'cores'}`.padStart(10),
        `${gibibytes(ramMiB)} memory`.padStart(16),
        `${diskGiB} GiB disk`.padStart(13),
        ...(fits === null || fits === 0 || isSmall
          ? []
          : [`  fits ${fits === 1 ? 'once' : `${fits} times`} now`]),
      ].join(''),
      short: name,
      value: size,
      disabled: isSmall ? 'too small for the image' : fits === 0 ? 'does not fit now' : undefined,
    };
  });
  if (image !== undefined && choices.every(({ disabled }) => disabled !== undefined)) {
    throw new NubesError('USAGE', `No size that fits now is large enough for ${image.name}.`, {
      hint: 'nubes-nb images -o wide shows what each image needs',
    });
  }
  const rank = ({ disabled }: (typeof choices)[number]) => (disabled === undefined ? 0 : 1);
  return ask.choose({
    message: 'Size:',
    flag: '--size',
    choices: choices.sort((one, other) => rank(one) - rank(other)),
  });
}

async function offerDefaults(
  { terminal, world, flags }: App,
  chosen: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(chosen);
  if (entries.length === 0) return;
  const message = `Keep ${entries.map(([, value]) => value).join(' and ')} as default?`;
  const kept = await terminal.ask.confirm({ message, flag: '--image and --size', initial: true });
  if (!kept) return;
  try {
    for (const [key, value] of entries) {
      const { path } = await setSetting(world, flags, `notebook.${key}`, value);
      terminal.info(`notebook.${key} is set in ${path}.`);
    }
  } catch (error) {
    // The notebook can be made all the same.
    if (!(error instanceof NubesError)) throw error;
    terminal.warn(error.message);
  }
}
