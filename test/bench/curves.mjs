// A plain SVG of a few curves, readable on light and dark pages: no script, no font, no link.
const size = { width: 640, height: 340 };
const plot = { left: 64, right: 470, top: 46, bottom: 286 };
const tickCount = 5;
const marks = ['', '7 4', '2 4', '10 3 2 3'];

/**
 * @param title what the y-axis shows, with its unit
 * @param curves `{ name, points: [[x, y], ...] }`, at most four
 * @param budget a horizontal line: `{ name, y }`
 */
export function drawCurves({ title, xTitle, curves, budget }) {
  const points = curves.flatMap((curve) => curve.points);
  const xTicks = ticksTo(Math.max(...points.map(([x]) => x)));
  const yTicks = ticksTo(Math.max(...points.map(([, y]) => y), budget?.y ?? 0));
  const x = (value) => scale(value, xTicks.at(-1), plot.left, plot.right);
  const y = (value) => scale(value, yTicks.at(-1), plot.bottom, plot.top);
  const text = (at, words, more = '') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}"${more}>${escaped(words)}</text>`;
  const centred = ' text-anchor="middle"';
  const names = spread(curves.map(({ points: all }) => y(all.at(-1)[1]) + 4));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}</style>`,
    `<rect class="page" width="${size.width}" height="${size.height}" rx="6"/>`,
    text([16, 26], title, ' class="title"'),
    ...yTicks.map(
      (value) =>
        `<path class="grid" d="M${plot.left} ${y(value).toFixed(1)}H${plot.right}"/>` +
        text([plot.left - 8, y(value) + 4], short(value), ' text-anchor="end"'),
    ),
    ...xTicks.map((value) => text([x(value), plot.bottom + 20], short(value), centred)),
    text([(plot.left + plot.right) / 2, plot.bottom + 42], xTitle, centred),
    ...(budget === undefined
      ? []
      : [
          `<path class="budget" d="M${plot.left} ${y(budget.y).toFixed(1)}H${plot.right}"/>`,
          text([plot.left + 8, y(budget.y) + 16], budget.name),
        ]),
    ...curves.map(({ name, points: all }, at) => {
      const line = all.map(([one, other]) => `${x(one).toFixed(1)} ${y(other).toFixed(1)}`);
      const dots = all.map(
        ([one, other]) => `<circle cx="${x(one).toFixed(1)}" cy="${y(other).toFixed(1)}" r="3"/>`,
      );
      const dash = marks[at] === '' ? '' : ` stroke-dasharray="${marks[at]}"`;
      return `<g class="curve c${at}"><path d="M${line.join('L')}"${dash}/>${dots.join('')}${text([plot.right + 10, names[at]], name)}</g>`;
    }),
    '</svg>',
    '',
  ].join('\n');
}

const style = [
  '.page{fill:#fff}text{fill:#3d444d;font:12px system-ui,sans-serif}.title{font-size:14px;font-weight:600}',
  '.grid{stroke:#d8dee4}.budget{stroke:#57606a;stroke-dasharray:2 3}.curve path{fill:none;stroke-width:2}',
  colours(['#0a58ca', '#b45309', '#0f766e', '#9333ea']),
  '@media(prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#d1d7e0}.grid{stroke:#30363d}.budget{stroke:#9198a1}',
  colours(['#79b8ff', '#ffb169', '#5eead4', '#d8b4fe']),
  '}',
].join('');

function colours(all) {
  return all
    .map((each, at) => `.c${at} path{stroke:${each}}.c${at} circle,.c${at} text{fill:${each}}`)
    .join('');
}

function scale(value, most, from, to) {
  return from + (value / most) * (to - from);
}

/** Round numbers from 0 to at least the value. */
function ticksTo(value) {
  const rough = value / tickCount;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= rough) * power;
  return Array.from({ length: Math.ceil(value / step - 1e-9) + 1 }, (_, at) => at * step);
}

function short(value) {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 2 });
}

/** The heights of the names, a line apart and above the numbers of the x-axis. */
function spread(heights) {
  const order = heights.map((_, at) => at).sort((one, other) => heights[other] - heights[one]);
  const free = [...heights];
  for (const [rank, at] of order.entries()) {
    const lowest = rank === 0 ? plot.bottom + 4 : free[order[rank - 1]] - 15;
    free[at] = Math.min(free[at], lowest);
  }
  return free;
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
