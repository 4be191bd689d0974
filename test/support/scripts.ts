/** The files that a page holds, by name: each in a block below `<!-- script: NAME -->`. */
export function scriptsIn(page: string): ReadonlyMap<string, string> {
  const block = /<!-- script: (\S+) -->\n```\w+\n([\s\S]*?)^```/gm;
  return new Map([...page.matchAll(block)].map(([, name = '', text = '']) => [name, text]));
}
