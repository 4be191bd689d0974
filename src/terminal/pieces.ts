/** An argument in quotes, as `commandLine` writes it, or any other word. */
const words = /(?:'(?:[^']|'\\'')*'|"[^"]*")\S*|\S+/g;
/** These stand in front of a command. */
const programs = /^\(?(?:dbus-run-session|nubes-nb|openssl|openstack|ssh-add|ssh-keygen|sudo)$/;
/** These are words of English, and commands if an argument follows. */
const plainPrograms = /^\(?(?:cat|chmod|chown|cp|export|jq|mv|rm|seq|ssh)$/;
const variable = /^\(?[A-Z_]+=\S+$/;
const argument = /^(?:[-'"/~.$]|\d{3,4}$|[A-Z_]{2,})/;
/** With one more word after them, these go on with the sentence in which a command stands. */
const prose =
  /^(?:adds|and|as|asks|checks|converts|creates|does|ends|frees|from|if|in|is|lists|makes|names|needs|once|or|prints|reads|removes|replaces|reports|retries|sets|shows|switches|that|tries|waits|which|with|writes)$/;

/** The words of a text, with each command that a reader may paste as one piece. */
export function piecesOf(text: string): readonly string[] {
  const all = text.match(words) ?? [];
  const pieces: string[] = [];
  for (let at = 0; at < all.length; ) {
    const end = isCommand(all[at], all[at + 1]) ? endOfCommand(all, at) : at + 1;
    pieces.push(all.slice(at, end).join(' '));
    at = end;
  }
  return pieces;
}

function isCommand(word = '', next = ''): boolean {
  if (variable.test(word)) return programs.test(next);
  return programs.test(word) || (plainPrograms.test(word) && argument.test(next));
}

/** Rather too late than too early: prose that remains whole costs a short line, a broken command cannot be pasted. */
function endOfCommand(all: readonly string[], start: number): number {
  let at = start;
  while (!/[,;:?)]$/.test(all[at] ?? '')) {
    at += 1;
    const word = all[at];
    if (word === undefined || word.startsWith('(') || word === '–') return at;
    if (prose.test(word) && /^[a-z]/.test(all[at + 1] ?? '')) return at;
  }
  return at + 1;
}
