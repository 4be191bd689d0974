import type { ServerNotebook } from '../../notebooks/notebook.ts';
import { clean } from '../../terminal/clean.ts';
import { sumOf } from './amount.ts';

const maxAgeDays = 180;
const maxNotices = 3;

/** What people forget about their notebooks: at most a line for each kind; and what the cloud team did. */
export function hintsFor(
  notebooks: readonly ServerNotebook[],
  deactivatedImages: ReadonlySet<string>,
  { width, now }: { readonly width: number; readonly now: () => Date },
): string[] {
  const oldest = now().getTime() - maxAgeDays * 86_400_000;
  const old = notebooks.filter(({ createdAt }) => Date.parse(createdAt) < oldest);
  const retired = notebooks.filter(({ image }) => deactivatedImages.has(image.id ?? ''));
  const noticed = notebooks.filter(({ notice }) => notice !== null).slice(-maxNotices);
  const stopped = notebooks.filter(({ status }) => status === 'stopped');
  return [
    ...noticed.map(({ name, notice }) => `notice on ${clean(name)}: ${clean(notice ?? '')}`),
    ...hint(old, width, ['is', 'are'], `older than ${maxAgeDays} days`, 'nubes-nb delete NAME'),
    ...hint(retired, width, ['has', 'have'], 'a deactivated image', 'nubes-nb images'),
    ...hint(
      stopped,
      width,
      ['is stopped and holds', 'are stopped and hold'],
      sumOf(stopped.map(({ size }) => size)),
      'nubes-nb delete NAME',
    ),
  ];
}

/** With the names that fit the line, at least one. */
function hint(
  notebooks: readonly ServerNotebook[],
  width: number,
  [one, many]: readonly [string, string],
  about: string,
  command: string,
): string[] {
  if (notebooks.length === 0) return [];
  const subject =
    notebooks.length === 1 ? `1 notebook ${one}` : `${notebooks.length} notebooks ${many}`;
  const names = notebooks.map(({ name }) => clean(name));
  const lines = names.map((_, at) => {
    const rest = at < names.length - 1 ? ', …' : '';
    return `hint: ${subject} ${about} (${names.slice(0, at + 1).join(', ')}${rest}): ${command}`;
  });
  return [lines.findLast((line) => line.length <= width) ?? lines[0] ?? ''];
}
