import { makePrivate } from '../../bounded-file.ts';
import { commandLine } from '../../command-line.ts';
import { NubesError, sentence } from '../../errors.ts';
import { type SshEnd, sshEnd, sshStages } from '../../ssh/failure.ts';
import { checkSshPort } from '../../ssh/port-check.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { isBehindProxy } from '../../ssh/user-config.ts';
import type { Deps } from '../deps.ts';
import {
  authenticationFailed,
  explainUnreachable,
  hostKeyChanged,
  type SshEndpoint,
} from './diagnose.ts';
import type { SshConnection } from './ssh-connection.ts';

/** Why ssh exited with 255, by its stderr. */
export async function sshFailure(
  deps: Deps,
  connection: SshConnection,
  stderr: readonly string[],
): Promise<NubesError> {
  const { reason, detail } = sshEnd(stderr);
  switch (reason) {
    case 'host key':
      return hostKeyChanged(connection);
    case 'login':
      return authenticationFailed(connection, detail);
    case 'no name':
    case 'no route':
    case 'no answer':
    case 'refused':
    case 'silent':
    case 'penalty':
      return explainUnreachable(deps, connection, reason);
    case 'closed':
    case 'unknown':
      return (await isBehindProxy(deps.world, connection))
        ? failed(connection, { reason: 'proxy', detail })
        : explainUnreachable(deps, connection, await checkSshPort(connection.target), detail);
    default:
      return failed(connection, { reason, detail });
  }
}

/** The same for a remote command of the user; undefined if it exited with 255 itself. */
export async function commandFailure(
  deps: Deps,
  connection: SshConnection,
  stderr: readonly string[],
): Promise<NubesError | undefined> {
  if (sshEnd(stderr).reason !== 'unknown') return sshFailure(deps, connection, stderr);
  // The VM's port cannot be checked from here.
  if (await isBehindProxy(deps.world, connection)) return undefined;
  const check = await checkSshPort(connection.target);
  return check === 'answers' ? undefined : explainUnreachable(deps, connection, check);
}

function failed(endpoint: SshEndpoint, end: SshEnd): NubesError {
  const { message, hint } = words(endpoint, end);
  const code = sshStages[end.reason] === 'configuration' ? 'CONFIGURATION' : 'UNREACHABLE';
  return new NubesError(code, message, { hint });
}

/** Pure: the sentence and the hint for what ssh said. */
export function words(
  { name, target }: { readonly name: string; readonly target: Pick<SshTarget, 'host' | 'port'> },
  { reason, detail }: SshEnd,
): { readonly message: string; readonly hint: string } {
  const said = sentence(detail, 'it gives no reason');
  const keyHint = `set notebook.key_file to the key that ${name} was created with`;
  switch (reason) {
    case 'configuration':
      return detail?.startsWith('command-line') === true
        ? {
            message: `The ssh of this computer does not know an option that is needed: ${said}`,
            hint: 'install a newer OpenSSH, 7.6 or later',
          }
        : {
            message: `ssh cannot use its configuration: ${said}`,
            hint: `ssh -G ${target.host} checks ~/.ssh/config`,
          };
    case 'no account':
      return {
        message: `ssh does not run for a user without an account, and this system has none for the user ID ${detail}.`,
        hint: 'add a line for it to /etc/passwd, or run nubes-nb as a user that has an account',
      };
    case 'key permissions':
      return {
        message: `ssh ignores the private key ${detail}, because other users can read it.`,
        hint: makePrivate(detail ?? ''),
      };
    case 'key unreadable':
      return {
        message: `ssh cannot read the private key ${detail}, and sshd of ${name} accepts no other key.`,
        hint: `${commandLine(['ssh-keygen', '-y', '-f', detail ?? ''])} checks it; or ${keyHint}`,
      };
    case 'key missing':
      return {
        message: `There is no private key ${detail}, and sshd of ${name} accepts no other key.`,
        hint: keyHint,
      };
    case 'agent':
      return {
        message: `Your SSH agent does not sign with the key for ${name}: ${said}`,
        hint: 'confirm the request of the agent, touch the security key, or ssh-add the key again',
      };
    case 'too many keys':
      return {
        message: `ssh offered so many keys that sshd of ${name} ended the connection: ${said}`,
        hint: keyHint,
      };
    case 'no host key of the type':
      return {
        message: `The algorithms of your ssh configuration exclude the host key that the VM of ${name} printed on its console: ${said}`,
        hint: `remove HostKeyAlgorithms for ${target.host} from ~/.ssh/config`,
      };
    case 'algorithms':
      return {
        message: `ssh and sshd of ${name} have no common algorithm: ${said}`,
        hint: `check Ciphers, MACs, KexAlgorithms and HostKeyAlgorithms in ~/.ssh/config`,
      };
    case 'proxy':
      return {
        message: `The connection to ${name} through the ProxyJump or ProxyCommand of your ssh configuration failed: ${said}`,
        hint: `ssh -v ${target.host} shows each step; nubes-nb logs ${name} shows whether the VM runs`,
      };
    case 'beyond proxy':
      return {
        message: `The jump host of your ssh configuration cannot connect to the VM of ${name} at ${target.host}:${target.port}: ${said}`,
        hint: `nubes-nb logs ${name} shows whether the VM runs; its security groups must admit the jump host`,
      };
    case 'lost':
      return {
        message: `The connection to ${name} was lost: ${said}`,
        hint: `nubes-nb show ${name} --probe`,
      };
    default:
      return {
        message: `ssh to ${name} failed: ${said}`,
        hint: `nubes-nb show ${name} --probe`,
      };
  }
}
