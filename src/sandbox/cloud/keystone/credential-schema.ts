import type { KeystoneTraits } from '../release.ts';
import { asObject } from '../requests.ts';

/** Why the schema of application credentials refuses these properties, in the release's words. */
export function refuseValues(
  traits: KeystoneTraits,
  wanted: Record<string, unknown>,
): string | undefined {
  const { name } = wanted;
  const describe = traits.words === 'field' ? describeField : describeAttribute;
  if (name === undefined) return describe('application_credential', wanted, missingName);
  if (typeof name !== 'string') return describe('name', name, `${name} is not of type 'string'`);
  if (name === '') return describe('name', name, emptyName[traits.emptyNameIs]);
  if (name.length > 255) return describe('name', name, `'${name}' is too long`);
  const method = badMethod(wanted['access_rules']);
  if (method !== undefined) {
    return describe('method', method, `'${method}' is not one of ${listed(methods)}`);
  }
  const unknown = Object.keys(wanted).find((key) => !properties.has(key));
  if (unknown === undefined) return undefined;
  return traits.words === 'field'
    ? `'${unknown}' is an invalid keyword argument for ApplicationCredentialModel`
    : describeAttribute(
        'application_credential',
        wanted,
        `Additional properties are not allowed ('${unknown}' was unexpected)`,
      );
}

const missingName = "'name' is a required property";
const emptyName = {
  'too short': "'' is too short",
  'non-empty': "'' should be non-empty",
} as const;
const methods = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'];
const properties = new Set([
  'name',
  'description',
  'expires_at',
  'unrestricted',
  'roles',
  'secret',
  'access_rules',
]);

function badMethod(rules: unknown): string | undefined {
  const all = Array.isArray(rules) ? rules.map((rule) => asObject(rule)?.['method']) : [];
  const found = all.find((method) => !methods.includes(String(method)));
  return found === undefined ? undefined : String(found);
}

function describeField(name: string, _value: unknown, why: string): string {
  return name === 'application_credential' ? why : `Invalid input for field '${name}': ${why}`;
}

function describeAttribute(name: string, value: unknown, why: string): string {
  const shown = typeof value === 'object' ? JSON.stringify(value) : value;
  return `Invalid input for field/attribute ${name}. Value: ${shown}. ${why}`;
}

function listed(words: readonly string[]): string {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}
