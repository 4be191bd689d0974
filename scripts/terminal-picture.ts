/** Names of styles, separated by spaces: a colour, `bold`, `dim`, `underline`; empty if plain. */
export type Style = string;

/** Text of one style within a row of a terminal. */
export interface Run {
  readonly text: string;
  readonly style: Style;
}

export interface Picture {
  /** What a screen reader says, and a tooltip. */
  readonly title: string;
  readonly rows: readonly (readonly Run[])[];
}

/** Units of the SVG: a terminal's cell, and the space around the text. */
const cell = { width: 8.4, height: 18 };
const margin = 16;
const columns = 80;

/** Light colours, and those of viewers that prefer a dark page; each has a contrast of 4.5 or more. */
const style = `
text{font:14px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#1f2328}
rect{fill:#f6f8fa;stroke:#d1d9e0}
.bold{font-weight:bold}.underline{text-decoration:underline}
.dim{fill:#59636e}.red{fill:#c11c26}.green{fill:#0f7430}.yellow{fill:#855a00}
.blue{fill:#0860ca}.magenta{fill:#7d45d4}.cyan{fill:#0a6c74}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}rect{fill:#0d1117;stroke:#3d444d}
.dim{fill:#9198a1}.red{fill:#ff7b72}.green{fill:#56d364}.yellow{fill:#e3b341}
.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}.cyan{fill:#56d4dd}
}
`;

/** A terminal's screen as SVG, with text that can be selected and read aloud. */
export function pictureOf({ title, rows }: Picture): string {
  const width = Math.round(columns * cell.width + 2 * margin);
  const height = rows.length * cell.height + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...rows.map((runs, index) => row(runs, margin + index * cell.height + 13)),
    '</svg>\n',
  ].join('\n');
}

/** With a length of its own, so that columns stand in line in any font. */
function row(runs: readonly Run[], y: number): string {
  const { length } = runs.map(({ text }) => text).join('');
  if (length === 0) return '<text/>';
  const spans = runs.map(({ text, style }) =>
    style === '' ? escaped(text) : `<tspan class="${style}">${escaped(text)}</tspan>`,
  );
  const span = (length * cell.width).toFixed(1);
  return `<text x="${margin}" y="${y}" textLength="${span}" xml:space="preserve">${spans.join('')}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
