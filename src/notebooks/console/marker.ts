/**
 * A line for the console that `nubes-nb` recognizes by the notebook's nonce (log.ts reads it). Kind and
 * text may contain shell variables.
 */
export function marker(kind: string, nonce: string, text: string): string {
  return `NUBES-NB ${kind} ${nonce} ${text}`;
}

/** A shell line that sets `B`, the id of this boot. */
export const readBootId = 'B=$(cat /proc/sys/kernel/random/boot_id)';

/**
 * A shell line that reduces a variable to its last line, fit for one line of the console: the output of a
 * program is untrusted text. Never by echo, which in Debian's sh turns `\n` into line feeds.
 */
export function keepLastLine(variable: string): string {
  const text = `printf '%s\\n' "$${variable}"`;
  return `  ${variable}=$(${text} | tail -n 1 | LC_ALL=C tr -cd '[:print:]' | cut -c 1-180)`;
}
