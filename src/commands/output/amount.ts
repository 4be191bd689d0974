import { gibibytes } from '../../gibibytes.ts';

/** What the quota counts of the sizes: `2 cores, 4 GiB`. */
export function sumOf(sizes: readonly { vcpus: number; ramMiB: number }[]): string {
  const cores = sizes.reduce((sum, { vcpus }) => sum + vcpus, 0);
  const mebibytes = sizes.reduce((sum, { ramMiB }) => sum + ramMiB, 0);
  return `${countCores(cores)}, ${gibibytes(mebibytes)}`;
}

/** `2 cores, 2 GiB memory, 10 GiB disk`. */
export function sizeText({
  vcpus,
  ramMiB,
  diskGiB,
}: {
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
}): string {
  return `${countCores(vcpus)}, ${gibibytes(ramMiB)} memory, ${diskGiB} GiB disk`;
}

function countCores(cores: number): string {
  return `${cores} ${cores === 1 ? 'core' : 'cores'}`;
}
