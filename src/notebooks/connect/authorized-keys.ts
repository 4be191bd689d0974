import { fingerprintOf } from '../../ssh/key-digest.ts';
import { scriptExit } from './script.ts';

/** A key that may log in to an account; from the VM, so untrusted text. */
export interface AuthorizedKey {
  /** `SHA256:…` */
  readonly fingerprint: string;
  readonly type: string;
  readonly comment: string | null;
  /** As sshd reads them, before the key: `restrict,command="…"`. */
  readonly options: string | null;
}

/** The same with the data by which scripts find its line. */
export interface AuthorizedLine extends AuthorizedKey {
  readonly base64: string;
}

/** The keys of an authorized_keys file. Lines that sshd does not read are left out. */
export function authorizedKeysIn(lines: readonly string[]): readonly AuthorizedLine[] {
  return lines.flatMap((line) => keyIn(line) ?? []);
}

function keyIn(text: string): AuthorizedLine | undefined {
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return undefined;
  const options = isKey(line) ? '' : optionsOf(line);
  const [type = '', base64 = '', ...comment] = line.slice(options.length).trim().split(/\s+/);
  if (!isKey(`${type} ${base64}`)) return undefined;
  return {
    fingerprint: fingerprintOf(`${type} ${base64}`),
    type,
    comment: comment.join(' ') || null,
    options: options || null,
    base64,
  };
}

function isKey(text: string): boolean {
  return /^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ +[A-Za-z0-9+/]{8,}={0,3}(?:\s|$)/.test(text);
}

/** Up to the first space outside of quotation marks. */
function optionsOf(line: string): string {
  return /^(?:"(?:\\.|[^"\\])*"|[^\s"])+/.exec(line)?.[0] ?? '';
}

/** The file that sshd reads, also if it is a link. */
const file = `F="$HOME/.ssh/authorized_keys"
[ ! -L "$F" ] || F=$(readlink -f "$F") || exit ${scriptExit.writeFailed}`;

export const printKeys = `${file}
[ ! -e "$F" ] || cat "$F"`;

/** The lock of a process that was killed does not count for ever. */
const change = `umask 077
mkdir -p "$HOME/.ssh" || exit ${scriptExit.writeFailed}
${file}
IFS= read -r LINE || exit ${scriptExit.writeFailed}
N=0
until mkdir "$F.lock" 2>/dev/null || [ $N -ge 10 ]; do N=$((N + 1)); sleep 1; done
trap 'rmdir "$F.lock" 2>/dev/null' EXIT
[ -e "$F" ] || : > "$F" || exit ${scriptExit.writeFailed}
has() { awk -v b="$1" '!/^[ \\t]*#/ { for (i = 1; i <= NF; i++) if ($i == b) f = 1 } END { exit !f }' "$F"; }
put() { cp -p "$F" "$F.new" && cat > "$F.new" && mv "$F.new" "$F" || exit ${scriptExit.writeFailed}; }
`;

/** Appends the line on stdin; prints `there` if its key has one. */
export const addLine = `${change}
set -f
set -- $LINE
if has "$2"; then echo there; exit 0; fi
T=$(cat "$F"; echo .)
{ printf %s "\${T%.}"; [ -z "$(tail -c 1 "$F")" ] || echo; printf '%s\\n' "$LINE"; } | put`;

/** Removes the lines with the key on stdin, in base64. */
export const removeLines = `${change}
has "$LINE" || exit ${scriptExit.notFound}
T=$(awk -v b="$LINE" '/^[ \\t]*#/ { print; next } { for (i = 1; i <= NF; i++) if ($i == b) next; print }' "$F"; echo .)
printf %s "\${T%.}" | put`;
