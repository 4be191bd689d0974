import { keepLastLine, marker, readBootId } from '../console/marker.ts';
import type { FirstBoot } from './options.ts';

/** Below the account's home: Jupyter's certificate, its chain, and last its key. */
export const certificatePath = '.config/nubes-nb/jupyter.pem';

export function certificateFile(user: string): string {
  return `/home/${user}/${certificatePath}`;
}

/**
 * Makes a self-signed certificate for Jupyter, unless there is one. Root runs the rest as the account,
 * because in a user's home it must not follow links.
 */
export function certificateScript({ user, nonce, hostTemplate }: FirstBoot): string {
  const file = certificateFile(user);
  return `#!/bin/sh
if [ "$(id -u)" = 0 ]; then
  W=$(runuser -u ${user} -- sh "$0" 2>&1) && exit 0
${keepLastLine('W')}
  ${readBootId}
  printf '%s\\n' "${marker('FAILED', nonce, 'boot=$B it has no certificate ($W)')}" > /dev/console
  exit 1
fi
set -eu
umask 077
F=${file}
[ ! -s "$F" ] || exit 0
mkdir -p "$(dirname "$F")"
N=DNS:localhost,IP:127.0.0.1
for A in $(hostname -I 2>/dev/null || true); do
  N="$N,IP:$A"
${nameLines(hostTemplate)}done
cat > "$F.cnf" << END
[req]
prompt = no
distinguished_name = name
x509_extensions = server
[name]
CN = nubes-nb notebook
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = $N
END
openssl req -x509 -config "$F.cnf" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \\
  -days 825 -keyout "$F.key" -out "$F.crt"
cat "$F.crt" "$F.key" > "$F.new"
mv "$F.new" "$F"
rm -f "$F.crt" "$F.key" "$F.cnf"
`;
}

/** Adds the VM's name by the settings' template, if a certificate may contain it. */
function nameLines(template: string | undefined): string {
  if (template === undefined || !/^[A-Za-z0-9.{}-]+$/.test(template)) return '';
  const rest = template.replaceAll(/[{]ip(?:-dashed)?[}]/g, '');
  if (/[{}]/.test(rest) || /^-/.test(template)) return '';
  const name = template.replaceAll('{ip-dashed}', `\${D}`).replaceAll('{ip}', `\${A}`);
  return `  D=$(echo "$A" | sed 's/[.:]/-/g')
  case $A in *:*) ;; *) N="$N,DNS:${name}";; esac
`;
}

/** Shell lines that print the fingerprint: the SHA-256 of the file's first certificate. */
export function fingerprintLines({ user, nonce, direct }: FirstBoot): string {
  if (!direct) return '';
  return `    S=$(runuser -u ${user} -- cat ${certificateFile(user)} \\
      | awk '/BEGIN CERT/ {f=1; next} /END CERT/ {exit} f' | base64 -d | sha256sum | cut -c 1-64)
    echo "${marker('TLS', nonce, 'sha256:$S')}"
`;
}
