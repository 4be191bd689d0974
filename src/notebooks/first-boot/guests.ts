import { publicKeyKinds } from '../../ssh/public-key.ts';
import { maxGuestsBytes } from './identity-provider.ts';
import type { FirstBoot, FirstBootGuest } from './options.ts';

/** Below the account's home, and the only truth: who may use Jupyter besides the owner. */
export const guestsFile = '.nubes-nb/guests';
/** Signs the cookies of all who have logged in. Below the account's home. */
export const cookieSecret = '.local/share/jupyter/runtime/jupyter_cookie_secret';
/** Where the first boot has those of `create`, until Jupyter first starts after cloud-init has put them there. */
export const firstGuests = '/etc/nubes/guests';
/** The account of all guests' SSH keys. It has no home, no shell and no session: it can only forward to Jupyter. */
export const guestAccount = 'nubes-guest';
/** What root has made of the file: `ready` and its SHA-256, or `refused` and why; then the key types of sshd. */
export const guestsState = '/etc/nubes/guests.state';

export const guestsScriptPath = '/etc/nubes/guests.sh';
export const guestKeysPath = '/etc/nubes/guest_keys';
const sshdFolder = '/etc/ssh/sshd_config.d';

/** The lines of the file. */
export function guestLines(guests: readonly FirstBootGuest[]): string {
  return guests.map((guest) => `${guestLine(guest)}\n`).join('');
}

export function guestLine({ name, digest, key }: FirstBootGuest): string {
  return [name, digest, ...(key === undefined ? [] : [key])].join(' ');
}

/** Paths and contents. None if the owner's account has the name of the guests': sshd would lock the owner out. */
export function guestFiles(boot: FirstBoot): readonly (readonly [path: string, text: string])[] {
  if (boot.user === guestAccount) return [];
  const { guests = [] } = boot;
  return [
    [guestsScriptPath, guestsScript(boot)],
    ['/etc/systemd/system/nubes-guests.service', guestsUnit],
    ['/etc/systemd/system/nubes-guests.path', pathUnit(boot)],
    ...(guests.length === 0 ? [] : [[firstGuests, guestLines(guests)] as const]),
  ];
}

export const guestUnits = ['nubes-guests.path', 'nubes-guests.service'] as const;

/** It also runs at each boot, after cloud-init may have forgotten an earlier notebook. */
const guestsUnit = `[Unit]
Description=Guests of a notebook (nubes-nb)
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/sh ${guestsScriptPath}
TimeoutStartSec=180

[Install]
WantedBy=multi-user.target
`;

function pathUnit({ user }: FirstBoot): string {
  return `[Unit]
Description=Changes of the guests of a notebook (nubes-nb)

[Path]
PathChanged=/home/${user}/${guestsFile}

[Install]
WantedBy=multi-user.target
`;
}

/** sshd's options for the guests' account; the first part of the file name makes them the first that sshd reads. */
const sshdOptions = (port: number) => `AuthenticationMethods publickey
AuthorizedKeysFile ${guestKeysPath}
AuthorizedKeysCommand none
TrustedUserCAKeys none
AllowTcpForwarding local
AllowStreamLocalForwarding no
PermitOpen 127.0.0.1:${port}
PermitTunnel no
PermitTTY no
MaxSessions 0
ForceCommand /bin/false
X11Forwarding no
AllowAgentForwarding no
GatewayPorts no
LogLevel INFO
`;

/** What `sshd -T` must print of them. */
const effective = (port: number) =>
  sshdOptions(port)
    .trim()
    .split('\n')
    .filter((line) => !/^(?:LogLevel|GatewayPorts)/.test(line))
    .map((line) => line.replace(/^\S+/, (name) => name.toLowerCase()))
    .join('\n');

/**
 * Root makes the guests' account and sshd's options for it, copies the keys of well-formed lines, and ends the
 * connections of keys that are gone; also those of which the journal does not say the key. The file belongs to
 * the owner's account, so it is read as that account and believed in nothing.
 */
export function guestsScript({ user, port }: FirstBoot): string {
  return `#!/bin/sh
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
umask 022
G=${guestAccount}
C=${sshdFolder}/00-${guestAccount}.conf
K=${guestKeysPath}
S=${guestsState}
state() { printf '%s\\n' "$@" > "$S.new" && mv "$S.new" "$S"; }
refuse() {
  rm -f "$C" "$K"
  state "refused $1"
  end_others
  exit 0
}
# The pid, the parent and the user of each process of sshd for a guest.
processes() {
  cat /proc/[0-9]*/status 2>/dev/null \\
    | awk '/^Name:/ {n=$2} /^Pid:/ {p=$2} /^PPid:/ {o=$2} /^Uid:/ && n ~ /^sshd/ {print p, o, $2}' \\
    | while read -r P O I; do
      case $(tr '\\000' ' ' < "/proc/$P/cmdline" 2>/dev/null) in
        "sshd: $G"[\\ @]* | "sshd-session: $G"[\\ @]*) echo "$P $O $I" ;;
      esac
    done
}
# Succeeds if the key with which this process of root let the guest in is still there.
is_kept() {
  L=$(journalctl -q -b -o cat "_PID=$1" _UID=0 2>/dev/null \\
    | sed -n "s/^Accepted publickey for $G from .* \\(SHA256:[A-Za-z0-9+/]*\\)\\$/\\1/p" | tail -n 1)
  case $A in *" \${L:-none} "*) return 0 ;; esac
  return 1
}
end_others() {
  A=" $(ssh-keygen -E sha256 -lf "$K" 2>/dev/null | awk '{printf "%s ", $2}')"
  processes | while read -r P O I; do
    if [ "$I" = 0 ]; then is_kept "$P" || kill "$P"; else is_kept "$O" || kill -KILL "$P"; fi
  done 2>/dev/null
}
effective() { sshd -T -C user=$G,host=localhost,addr=127.0.0.1 2>/dev/null; }
is_denied() {
  printf '%s\\n' "$E" | sed -nE 's/^deny(users|groups) //p' | tr ' ' '\\n' | {
    while read -r W; do case $G in \${W%%@*}) exit 0 ;; esac; done
    exit 1
  }
}
reload() {
  for N in ssh sshd; do systemctl try-reload-or-restart $N.service 2>/dev/null && return; done
}
command -v sshd > /dev/null || refuse 'it has no sshd'
N=$(command -v nologin || echo /bin/false)
id $G > /dev/null 2>&1 || useradd -r -M -d /nonexistent -s "$N" -p '*' $G 2>/dev/null
case $(getent passwd $G) in *:/nonexistent:*/nologin | *:/nonexistent:*/false) ;; *) refuse "it has no account $G" ;; esac
[ -d ${sshdFolder} ] || refuse 'its sshd reads no ${sshdFolder}'
mkdir -p /run/sshd
# An sshd that reads a half-written file does not start, and locks the owner out.
cat > "$C.new" << END
Match User $G
${sshdOptions(port)}END
N=
cmp -s "$C.new" "$C" || N=1
mv "$C.new" "$C"
sshd -t 2>/dev/null || refuse 'its sshd does not accept the options'
[ -z "$N" ] || reload
E=$(effective)
case $E in
  *allowusers* | *allowgroups*) refuse 'its sshd admits only the accounts of AllowUsers or AllowGroups' ;;
  *'disableforwarding yes'*) refuse 'its sshd forwards nothing' ;;
esac
is_denied && refuse 'its sshd refuses the account by DenyUsers or DenyGroups'
while read -r W; do
  printf '%s\\n' "$E" | grep -qxiF "$W" || refuse "its sshd does not obey ${sshdFolder}"
done << END
${effective(port)}
END
T=$(mktemp)
trap 'rm -f "$T"' EXIT
read_guests() { timeout 10 runuser -u ${user} -- head -c ${maxGuestsBytes + 1} /home/${user}/${guestsFile} > "$T" 2>/dev/null; }
sum() { sha256sum < "$T" | cut -c 1-64; }
read_guests
while :; do
  M=$(sum)
  [ "$(wc -c < "$T")" -le ${maxGuestsBytes} ] || : > "$T"
  tr -cd '\\n -~' < "$T" \\
    | grep -E '^[a-z0-9]([a-z0-9._-]{0,30}[a-z0-9])? [0-9a-f]{64} (${publicKeyKinds.join('|').replaceAll('.', '[.]')}) [A-Za-z0-9+/]+={0,3}$' \\
    | head -n 100 \\
    | sed -E 's#^([^ ]+) [^ ]+ ([^ ]+ [^ ]+)$#restrict,port-forwarding,permitopen="127.0.0.1:${port}" \\2 \\1#' > "$K.new"
  chmod 644 "$K.new" && mv "$K.new" "$K"
  end_others
  # One that was just let in has no process of its own yet.
  sleep 1
  end_others
  # systemd does not see a change while this runs.
  read_guests
  [ "$(sum)" != "$M" ] || break
done
state "ready $M" "$(printf '%s\\n' "$E" | sed -n 's/^pubkeyaccepted[a-z]* //p')"
`;
}
