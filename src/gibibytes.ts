/** `4 GiB`, `1.5 GiB`, `512 MiB`: an amount of memory as every list, sentence and question shows it. */
export function gibibytes(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${inGibibytes(mebibytes)} GiB`;
}

/** For a sentence or a bar with the unit elsewhere. */
export function inGibibytes(mebibytes: number): number {
  return Number((mebibytes / 1024).toFixed(2));
}
