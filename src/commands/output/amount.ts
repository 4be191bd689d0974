import { gibibytes } from '../../gibibytes.ts';

/** What the quota counts of the sizes: `2 cores, 4 GiB`. */
export function sumOf(sizes: readonly { vcpus: number; ramMiB: number }[]): string {
  const cores = sizes.reduce((sum, { vcpus }) => sum + vcpus, 0);
  const mebibytes = sizes.reduce((sum, { ramMiB }) => sum + ramMiB, 0);
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${gibibytes(mebibytes)}`;
}
