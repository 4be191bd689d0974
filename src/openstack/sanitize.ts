const maxInputCharacters = 64 * 1024;

/**
 * Untrusted text in a form that is safe on a terminal: one line without HTML tags, control characters
 * and invisible characters, of at most `maxLength` characters.
 */
export function sanitize(text: string, maxLength = 300): string {
  const visible = withoutTags(text.slice(0, maxInputCharacters))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return visible.length <= maxLength ? visible : `${visible.slice(0, maxLength - 1)}…`;
}

function withoutTags(text: string): string {
  return text
    .replace(/<(head|style|script)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<\/?[a-z!][^>]*>/gi, ' ')
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (entity) => entities[entity] ?? entity);
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&nbsp;': ' ',
  '&#39;': "'",
};
