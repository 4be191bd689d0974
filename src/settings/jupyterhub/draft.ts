import { findKey, looksSecret } from '../key-names.ts';
import type { Value } from '../kinds.ts';
import { type Literal, type Option, Unread } from './python.ts';

/** An option, or a part of one, that became no setting. */
export interface NotTaken {
  /** `LDAPAuthenticator.lookup_dn`. */
  readonly option: string;
  readonly line: number;
  /** A predicate: `is computed`. */
  readonly reason: string;
}

/** A value with the option that has it. */
export interface Found<Type> {
  readonly value: Type;
  readonly option: Option;
}

/**
 * The settings that are made of the options of some classes, of which later ones inherit from earlier ones. Whatever
 * is not asked for is reported at the end.
 */
export class Draft {
  readonly settings = new Map<string, { readonly value: Value; readonly line: number }>();
  readonly notTaken: NotTaken[] = [];
  readonly #options = new Map<string, Option>();

  constructor(options: readonly Option[]) {
    for (const option of options) {
      const inherited = this.#options.get(option.name);
      if (inherited !== undefined) {
        this.refuse(inherited, `is replaced by ${nameOf(option)}`);
      }
      this.#options.set(option.name, option);
    }
  }

  text(name: string): Found<string> | undefined {
    return this.#take(name, 'is not text', (value) =>
      typeof value === 'string' ? value.trim() : undefined,
    );
  }

  /** A text counts as a list of one; blank ones are left out. */
  texts(name: string): Found<readonly string[]> | undefined {
    return this.#take(name, 'is not a list of texts', (value) => {
      const items = Array.isArray(value) ? value : [value];
      const texts = items.filter((item): item is string => typeof item === 'string');
      return texts.length === items.length ? texts.filter((item) => item.trim() !== '') : undefined;
    });
  }

  number(name: string): Found<number> | undefined {
    return this.#take(name, 'is not a number', (value) =>
      typeof value === 'number' ? value : undefined,
    );
  }

  flag(name: string): Found<boolean> | undefined {
    return this.#take(name, 'is not True or False', (value) =>
      typeof value === 'boolean' ? value : undefined,
    );
  }

  list(name: string): Found<readonly Literal[]> | undefined {
    return this.#take(name, 'is not a list', (value) => (Array.isArray(value) ? value : undefined));
  }

  /** The entries of a dictionary as options of their own, such as `tls_kwargs.ca_certs_file`. */
  entries(name: string): Draft | undefined {
    const found = this.#take(name, 'is not a dictionary', (value) =>
      value instanceof Map ? value : undefined,
    );
    if (found === undefined) return undefined;
    const { option, value } = found;
    const entries = [...value].map(([key, inner]) => ({
      ...option,
      name: `${name}.${/^\w{1,64}$/.test(key) ? key : '…'}`,
      value: inner,
    }));
    return new Draft(entries);
  }

  /** Whether the file has the option and its value is not None. */
  has(name: string): boolean {
    return (this.#options.get(name)?.value ?? null) !== null;
  }

  /** Sets a setting if the value is one; otherwise the option is reported. */
  set(key: string, value: unknown, option: Option): void {
    const kind = findKey(key)?.kind;
    const read = hasPrivateKey(value) ? undefined : kind?.read(value);
    if (read === undefined) this.refuse(option, `does not fit ${key}: that is ${kind?.expects}`);
    else this.settings.set(key, { value: read, line: option.line });
  }

  refuse(option: Option, reason: string): void {
    this.notTaken.push({ option: nameOf(option), line: option.line, reason });
  }

  /** Also what none of the methods above has asked for. */
  refuseRest(reasonOf: (name: string) => string): void {
    for (const option of this.#options.values()) {
      const isSecret = looksSecret(option.name);
      this.refuse(
        option,
        isSecret ? 'is a secret, and settings contain none' : reasonOf(option.name),
      );
    }
    this.#options.clear();
  }

  #take<Type>(
    name: string,
    otherwise: string,
    read: (value: Literal) => Type | undefined,
  ): Found<Type> | undefined {
    const option = this.#options.get(name);
    if (option === undefined) return undefined;
    this.#options.delete(name);
    if (option.value === null) return undefined;
    const unread = [option.value].flat().find((each) => each instanceof Unread);
    const value = unread === undefined ? read(option.value) : undefined;
    if (value !== undefined) return { value, option };
    this.refuse(option, unread instanceof Unread ? unread.reason : otherwise);
    return undefined;
  }
}

function nameOf({ className, name }: Option): string {
  return [className, name].filter((part) => part !== '').join('.');
}

function hasPrivateKey(value: unknown): boolean {
  return String(value).includes('PRIVATE KEY-----');
}
