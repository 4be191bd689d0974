import { NubesError } from '../../errors.ts';
import { failureReason } from '../../ssh/forwarding.ts';
import { checkSshPort, type PortCheck } from '../../ssh/port-check.ts';
import type { SshTarget } from '../../ssh/target.ts';
import type { Deps } from '../deps.ts';
import { jupyterGroups } from '../https/certificate.ts';
import { type PortAccess, portAccess } from './admission.ts';

/** A VM that should be reached, by its notebook's name. */
export interface SshEndpoint {
  readonly name: string;
  readonly target: SshTarget;
}

/** Which hop on the way to the VM fails, and what to do. `said` is ssh's own word, where nobody saw it. */
export async function unreachable(
  deps: Deps,
  way: SshEndpoint,
  said?: string,
): Promise<NubesError> {
  return explainUnreachable(deps, way, await checkSshPort(way.target), said);
}

/** Why an ssh ended with 255, by what it said. */
export async function sshFailure(
  deps: Deps,
  way: SshEndpoint,
  said: readonly string[],
): Promise<NubesError> {
  const last = said.findLast((line) => line.trim() !== '');
  const reason = failureReason(said);
  if (reason === 'host key') return hostKeyChanged(way);
  return reason === 'login' ? authenticationFailed(way, last) : unreachable(deps, way, last);
}

/** The same where it is known how far one comes. */
export async function explainUnreachable(
  deps: Deps,
  { name, target }: SshEndpoint,
  hop: PortCheck,
  said = 'it said why',
): Promise<NubesError> {
  const at = `${target.host}:${target.port}`;
  const admission = hop === 'no answer' ? await portAccess(deps, target) : undefined;
  const [sentence, hint] = refusals(name, target.port, admission) ?? words[hop](name, at, said);
  return new NubesError('UNREACHABLE', sentence, { hint });
}

type Sentences = [sentence: string, hint: string];

function refusals(
  name: string,
  port: number,
  admission: PortAccess | undefined,
): Sentences | undefined {
  if (admission?.kind === 'closed') {
    const group = admission.groups.find((each) => !each.startsWith(jupyterGroups)) ?? 'GROUP';
    const groups = admission.groups.join(', ') || 'none';
    return [
      `No security group of the VM of ${name} lets anybody in at port ${port} (it has: ${groups}).`,
      `openstack security group rule create --protocol tcp --dst-port ${port} ${group}`,
    ];
  }
  if (admission?.kind !== 'limited') return undefined;
  return [
    `The VM of ${name} does not answer here, and its security groups let only ${admission.from.join(', ')} in at port ${port}.`,
    "connect to the site's network or VPN, or add a rule for the address you come from.",
  ];
}

const words: Readonly<Record<PortCheck, (name: string, at: string, said: string) => Sentences>> = {
  'no name': (name, at) => [
    `The VM of ${name} is at ${at}, a name that is not known here.`,
    "connect to the site's network or VPN, or check notebook.host_template.",
  ],
  'no route': (name, at) => [
    `There is no route from here to the VM of ${name} at ${at}.`,
    "connect to the site's network or VPN.",
  ],
  'no answer': (name, at) => [
    `The VM of ${name} does not answer at ${at}.`,
    "connect to the site's network or VPN; when you are, its security group may lack that port.",
  ],
  refused: (name, at) => [
    `The VM of ${name} is there, but nothing listens at ${at}: sshd is not up (yet).`,
    `nubes-nb logs ${name} shows how it boots.`,
  ],
  silent: (name, at) => [
    `The VM of ${name} takes connections at ${at}, but its sshd says nothing.`,
    `nubes-nb logs ${name}, then nubes-nb restart ${name}.`,
  ],
  answers: (name, at, said) => [
    `sshd of ${name} answers at ${at}, but ssh ended with 255 (${said}).`,
    `the account and key must be those that ${name} was created with: nubes-nb show ${name}.`,
  ],
};

export function hostKeyChanged({ name, target }: SshEndpoint): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `${target.host} shows another host key than the VM of ${name} told on its console; nothing was sent there.`,
    {
      hint: `if the VM was rebuilt, nubes-nb start ${name} reads its new key; else ask your cloud team.`,
    },
  );
}

export function authenticationFailed(
  { name, target }: SshEndpoint,
  said: string | undefined,
): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `sshd of ${name} takes none of your SSH keys for the account ${target.user} (${said}).`,
    {
      hint: `set notebook.key_file to the key that ${name} was created with, or add it to your agent: ssh-add FILE.`,
    },
  );
}

export function jupyterDown({ name }: SshEndpoint): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The VM of ${name} is reached by ssh, but Jupyter does not answer there.`,
    {
      hint: `nubes-nb logs ${name} --source jupyter shows why; nubes-nb restart ${name} --jupyter-only starts it anew.`,
    },
  );
}
