import { type BerReader, Control } from 'ldapts';

/** The password policy control of draft-behera-ldap-password-policy-10. */
const objectId = '1.3.6.1.4.1.42.2.27.8.5.1';

const secondsPerDay = 86_400;
const problems = ['expired', 'locked', 'must-change'] as const;

export interface PasswordPolicy {
  readonly problem: (typeof problems)[number] | undefined;
  readonly graceLogins: number | undefined;
  readonly secondsLeft: number | undefined;
}

/**
 * Requests the reason of a refused bind. ldapts passes a response control to the request control of the
 * same OID, on success and on error, so `policy` is known once `bind` has settled.
 */
export class PasswordPolicyControl extends Control {
  #response: Buffer | undefined;

  constructor() {
    super(objectId);
  }

  protected override parseControl(reader: BerReader): void {
    this.#response = Buffer.from(reader.buffer);
  }

  get policy(): PasswordPolicy {
    return parsePolicy(this.#response ?? Buffer.alloc(0));
  }
}

/** One sentence for each warning of a successful bind. */
export function policyWarnings({ graceLogins, secondsLeft }: PasswordPolicy): string[] {
  const warnings: string[] = [];
  if (graceLogins !== undefined) {
    warnings.push(
      `Your password has expired; ${graceLogins} more ${graceLogins === 1 ? 'login is' : 'logins are'} allowed.`,
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

/** SEQUENCE { [0] CHOICE { [0] timeBeforeExpiration, [1] graceAuthNsRemaining }, [1] error ENUMERATED } */
export function parsePolicy(sequence: Buffer): PasswordPolicy {
  let problem: PasswordPolicy['problem'];
  let graceLogins: number | undefined;
  let secondsLeft: number | undefined;
  for (const { tag, value } of elements(elements(sequence)[0]?.value)) {
    if (tag === 0x81) problem = problems[integer(value)];
    if (tag !== 0xa0) continue;
    const [warning] = elements(value);
    if (warning?.tag === 0x80) secondsLeft = integer(warning.value);
    if (warning?.tag === 0x81) graceLogins = integer(warning.value);
  }
  return { problem, graceLogins, secondsLeft };
}

interface Element {
  readonly tag: number;
  readonly value: Buffer;
}

/** The elements of a BER value. This control is so short that all lengths have one byte. */
function elements(value: Buffer = Buffer.alloc(0)): Element[] {
  const found: Element[] = [];
  let offset = 0;
  while (offset + 2 <= value.length) {
    const length = value.readUInt8(offset + 1);
    found.push({
      tag: value.readUInt8(offset),
      value: value.subarray(offset + 2, offset + 2 + length),
    });
    offset += 2 + length;
  }
  return found;
}

function integer(value: Buffer): number {
  return value.length >= 1 && value.length <= 6 ? value.readUIntBE(0, value.length) : 0;
}
