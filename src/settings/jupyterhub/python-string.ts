/** The value of a string as Python's source has it; undefined for bytes and what is not a string. */
export function stringValue(text: string): string | undefined {
  const [, prefix = '', quote = '', body = ''] =
    /^([a-z]{0,2})("""|'''|"|')([\s\S]*)\2$/i.exec(text) ?? [];
  if (quote === '' || /[bf]/i.test(prefix)) return undefined;
  return /r/i.test(prefix) ? body : unescaped(body);
}

const escapes: Readonly<Record<string, string>> = {
  ...{ '\n': '', '\\': '\\', "'": "'", '"': '"' },
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** A backslash before any other character stands for itself, as in `DOMAIN\{username}`. */
function unescaped(body: string): string | undefined {
  if (/(?<!\\)(?:\\\\)*\\N\{/.test(body)) return undefined;
  return body.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x, u, long, octal, character) => {
      const code = Number.parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8);
      if (Number.isNaN(code)) return escapes[character] ?? whole;
      return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
