/** `4 GiB`, `1.5 GiB`, `512 MiB`. */
export function gibibytes(mebibytes: number): string {
  if (mebibytes < 1024) return `${mebibytes} MiB`;
  return `${Number((mebibytes / 1024).toFixed(1))} GiB`;
}
