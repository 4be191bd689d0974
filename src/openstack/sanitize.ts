/**
 * A service's text made fit for a terminal: tags, control and invisible characters out, white space
 * joined, cut to `limit` characters.
 */
export function sanitize(text: string, limit = 300): string {
  const visible = withoutTags(text.slice(0, 64 * 1024))
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return visible.length <= limit ? visible : `${visible.slice(0, limit - 1)}…`;
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
