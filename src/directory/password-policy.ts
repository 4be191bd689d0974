import { BerReader, Control } from 'ldapts';

/** The password policy control of draft-behera-ldap-password-policy-10. */
const passwordPolicy = '1.3.6.1.4.1.42.2.27.8.5.1';

/** The older controls of Netscape's servers. */
const passwordExpired = '2.16.840.1.113730.3.4.4';
const passwordExpiring = '2.16.840.1.113730.3.4.5';

const secondsPerDay = 86_400;
const problems = ['expired', 'locked', 'must-change'] as const;

export interface PasswordPolicy {
  readonly problem: (typeof problems)[number] | undefined;
  readonly graceLogins: number | undefined;
  readonly secondsLeft: number | undefined;
}

/** The controls of one bind, in which the server explains its answer; read them once `bind` has settled. */
export class PolicyControls {
  readonly #policy = new ReceivedControl(passwordPolicy);
  readonly #expired = new UnrequestedControl(passwordExpired);
  readonly #expiring = new UnrequestedControl(passwordExpiring);

  /** For the request. */
  get list(): Control[] {
    return [this.#policy, this.#expired, this.#expiring];
  }

  policyOf(outcome: 'accepted' | 'refused'): PasswordPolicy {
    if (this.#policy.value !== undefined) return parsePolicy(this.#policy.value);
    const problem = outcome === 'accepted' ? 'must-change' : 'expired';
    const seconds = this.#expiring.value?.toString() ?? '';
    return {
      ...noPolicy,
      ...(this.#expired.value !== undefined && { problem }),
      ...(/^\d+$/.test(seconds) && { secondsLeft: Number(seconds) }),
    };
  }
}

/** ldapts passes a response control to the request control of the same OID, on success and on error. */
class ReceivedControl extends Control {
  value: Buffer | undefined;

  protected override parseControl(reader: BerReader): void {
    this.value = Buffer.from(reader.buffer);
  }
}

/** A control that servers send without a request. */
class UnrequestedControl extends ReceivedControl {
  override write(): void {}
}

/** One sentence for each warning of a successful bind. */
export function policyWarnings({ graceLogins, secondsLeft }: PasswordPolicy): string[] {
  const warnings: string[] = [];
  if (graceLogins !== undefined) {
    warnings.push(
      graceLogins < 1
        ? 'Your password has expired, and this was the last login with it.'
        : `Your password has expired; ${graceLogins} more ${graceLogins === 1 ? 'login is' : 'logins are'} allowed.`,
    );
  }
  if (secondsLeft !== undefined) {
    const days = Math.floor(secondsLeft / secondsPerDay);
    warnings.push(
      `Your password expires ${days < 1 ? 'within a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`}.`,
    );
  }
  return warnings;
}

/**
 * SEQUENCE { [0] CHOICE { [0] timeBeforeExpiration, [1] graceAuthNsRemaining }, [1] error ENUMERATED }
 *
 * slapd sends lengths of one byte, 389 Directory Server lengths of five.
 */
export function parsePolicy(value: Buffer): PasswordPolicy {
  try {
    return readFields(contentOf(new BerReader(value), 0x30));
  } catch {
    return noPolicy;
  }
}

const noPolicy: PasswordPolicy = {
  problem: undefined,
  graceLogins: undefined,
  secondsLeft: undefined,
};

function readFields(fields: BerReader): PasswordPolicy {
  let policy = noPolicy;
  for (let tag = fields.peek(); tag !== null; tag = fields.peek()) {
    if (tag === 0xa0) policy = { ...policy, ...readWarning(contentOf(fields, tag)) };
    else if (tag === 0x81) policy = { ...policy, problem: problems[integerOf(fields, tag)] };
    else contentOf(fields, tag);
  }
  return policy;
}

function readWarning(warning: BerReader): Partial<PasswordPolicy> {
  const tag = warning.peek();
  if (tag === 0x80) return { secondsLeft: integerOf(warning, tag) };
  if (tag === 0x81) return { graceLogins: integerOf(warning, tag) };
  return {};
}

function contentOf(reader: BerReader, tag: number): BerReader {
  return new BerReader(whole(reader.readString(tag, true)));
}

function integerOf(reader: BerReader, tag: number): number {
  return whole(reader.readTag(tag));
}

/** ldapts reads an element as null if its end is missing. */
function whole<Value>(value: Value | null): Value {
  if (value === null) throw new RangeError('The control is cut short.');
  return value;
}
