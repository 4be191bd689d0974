import { makePrivate } from '../../bounded-file.ts';
import { commandLine } from '../../command-line.ts';
import { NubesError, sentence } from '../../errors.ts';
import { noAccount, type SshEnd, type SshReason, sshEnd, sshStages } from '../../ssh/failure.ts';
import { checkSshPort } from '../../ssh/port-check.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { configurationFault, isBehindProxy, userConfigFile } from '../../ssh/user-config.ts';
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
  return withConfigFile(deps, await explain(deps, connection, stderr));
}

/** The error with the file that ssh reads in the place of `~/.ssh/config` in its hint. */
export async function withConfigFile({ world }: Deps, error: NubesError): Promise<NubesError> {
  const { code, message, hint, requestId, cause } = error;
  if (hint?.includes('~/.ssh/config') !== true) return error;
  const named = hint.replaceAll('~/.ssh/config', await userConfigFile(world));
  return new NubesError(code, message, { hint: named, requestId, cause });
}

async function explain(
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
      return unexplained(deps, connection, detail);
    case 'unknown': {
      const fault = await configurationFault(deps.world, connection);
      return fault === undefined
        ? unexplained(deps, connection, detail)
        : failed(connection, { reason: 'configuration', detail: fault });
    }
    default:
      return failed(connection, { reason, detail });
  }
}

/** What a look at the VM's port means; behind a proxy, the proxy is all that is known. */
async function unexplained(
  deps: Deps,
  connection: SshConnection,
  detail: string | undefined,
): Promise<NubesError> {
  if (await isBehindProxy(deps.world, connection)) {
    return failed(connection, { reason: 'proxy', detail });
  }
  return explainUnreachable(deps, connection, await checkSshPort(connection.target), detail);
}

/** The same for a remote command of the user; undefined if it exited with 255 itself. */
export async function commandFailure(
  deps: Deps,
  connection: SshConnection,
  stderr: readonly string[],
): Promise<NubesError | undefined> {
  if (sshEnd(stderr).reason !== 'unknown') return sshFailure(deps, connection, stderr);
  const fault = await configurationFault(deps.world, connection);
  if (fault !== undefined) {
    return withConfigFile(deps, failed(connection, { reason: 'configuration', detail: fault }));
  }
  // The VM's port cannot be checked from here.
  if (await isBehindProxy(deps.world, connection)) return undefined;
  const check = await checkSshPort(connection.target);
  return check === 'answers' ? undefined : explainUnreachable(deps, connection, check);
}

function failed(endpoint: SshEndpoint, end: SshEnd): NubesError {
  const { message, hint } = words(endpoint, end);
  const code = isConfiguration(end.reason) ? 'CONFIGURATION' : 'UNREACHABLE';
  return new NubesError(code, message, { hint });
}

function isConfiguration(reason: SshReason): boolean {
  return sshStages[reason] === 'configuration' || reason === 'bind address';
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
            hint: lineHint(detail) ?? `ssh -G ${target.host} checks ~/.ssh/config`,
          };
    case 'no account':
      return noAccount(detail);
    case 'revoked keys file':
      return {
        message: `ssh cannot read the file of RevokedHostKeys in its configuration, and then accepts no host key: ${said}`,
        hint: `create the file, or remove RevokedHostKeys for ${target.host} from ~/.ssh/config`,
      };
    case 'revoked host key':
      return {
        message: `The file of RevokedHostKeys in your ssh configuration, ${detail}, revokes the host key of ${name}; nothing was sent.`,
        hint: 'ask the person who maintains that file',
      };
    case 'bind address':
      return {
        message: `ssh cannot use the BindAddress or BindInterface of its configuration: ${said}`,
        hint: `connect to the VPN that has the address, or remove the option for ${target.host} from ~/.ssh/config`,
      };
    case 'pkcs11 provider':
      return {
        message: `ssh cannot use the PKCS11Provider of its configuration, and sshd of ${name} accepts no other key: ${said}`,
        hint: `install the library, or remove PKCS11Provider for ${target.host} from ~/.ssh/config`,
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

/** For what `ssh -G` does not name, or does not find. */
function lineHint(detail = ''): string | undefined {
  const [, file] = /^Bad owner or permissions on (.+)/.exec(detail) ?? [];
  if (file !== undefined) return `${commandLine(['chmod', 'go-w', file])}, if the file is yours`;
  const [, text] = /^(?:unknown key|env var) (\S+)/.exec(detail) ?? [];
  if (text === undefined) return undefined;
  return `${commandLine(['grep', '-rnF', text])} ~/.ssh/config /etc/ssh/ssh_config finds the line`;
}
