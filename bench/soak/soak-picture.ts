/** A soak as a picture: SVG 1.1, a panel a figure, nothing but text in and out. */
import type { JudgedSeries, SoakReport } from './soak-report.ts';
import { numberText, verdictWord } from './soak-report.ts';
import type { Point } from './trend.ts';

const COLUMNS = 3;
const PANEL = { width: 340, height: 170 };
/** Where in a panel the curve is drawn, px. */
const PLOT = { left: 52, top: 38, width: 272, height: 96 };
const HEAD = 40;
/** Curves are drawn by so many stretches, each by its least and its highest value: no peak is lost. */
const STRETCHES = 136;
const COLORS = {
  ink: '#1f2933',
  faint: '#6b7785',
  line: '#2463a6',
  trend: '#c2570c',
  steady: '#eef4fa',
  grid: '#d5dce4',
  good: '#1a7f37',
  bad: '#b42318',
};

/** The picture's text; the same report gives the same text. */
export function soakPicture(report: SoakReport, title: string): string {
  const rows = Math.ceil(report.figures.length / COLUMNS);
  const width = COLUMNS * PANEL.width;
  const height = HEAD + rows * PANEL.height;
  const panels = report.figures.map((figure, i) => {
    const x = (i % COLUMNS) * PANEL.width;
    const y = HEAD + Math.floor(i / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${panel(figure, report)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img" font-family="system-ui, sans-serif" font-size="11" fill="${COLORS.ink}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(16, 25, title, 'font-size="15" font-weight="600"'),
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel(figure: JudgedSeries, { runS, steady }: SoakReport): string {
  const { points, family, slope } = figure;
  const number = numberText(family);
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // A flat curve lies in the middle of its panel.
  const [low, high] = least === most ? [least - 1, most + 1] : [least, most];
  const x = (atS: number): number => PLOT.left + (Math.min(atS, runS) / runS) * PLOT.width;
  const y = (value: number): number => {
    const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
    return PLOT.top + (1 - share) * PLOT.height;
  };
  const bottom = PLOT.top + PLOT.height;
  const verdict = verdictWord(figure);
  const isBad = verdict === 'rises' || verdict === 'not back';
  const verdictColor = isBad ? COLORS.bad : verdict === 'not judged' ? COLORS.faint : COLORS.good;
  const unit = family.unit === '' ? '' : `, ${family.unit}`;
  const right = PLOT.left + PLOT.width;
  return [
    text(PLOT.left, 16, `${figure.title}${unit}`, 'font-size="12" font-weight="600"'),
    text(right, 16, verdict, `text-anchor="end" fill="${verdictColor}"`),
    text(PLOT.left, 31, `min ${number(least)}, max ${number(most)}`, `fill="${COLORS.faint}"`),
    ...(steady === null
      ? []
      : [
          `<rect x="${px(x(steady.fromS))}" y="${PLOT.top}" width="${px(x(steady.toS) - x(steady.fromS))}" ` +
            `height="${PLOT.height}" fill="${COLORS.steady}"/>`,
        ]),
    `<path d="M${PLOT.left} ${PLOT.top}V${bottom}H${right}" fill="none" stroke="${COLORS.grid}"/>`,
    text(PLOT.left - 5, PLOT.top + 8, number(high), `text-anchor="end" fill="${COLORS.faint}"`),
    text(PLOT.left - 5, bottom, number(low), `text-anchor="end" fill="${COLORS.faint}"`),
    text(PLOT.left, bottom + 14, '0', `fill="${COLORS.faint}"`),
    text(right, bottom + 14, `${(runS / 60).toFixed(1)} min`, `text-anchor="end" fill="${COLORS.faint}"`),
    `<polyline points="${extremes(points, runS)
      .map(({ atS, value }) => `${px(x(atS))},${px(y(value))}`)
      .join(' ')}" fill="none" stroke="${COLORS.line}" stroke-linejoin="round"/>`,
    ...(slope === null || steady === null
      ? []
      : [
          `<path d="M${[steady.fromS, steady.toS]
            .map((atS) => `${px(x(atS))} ${px(y(slope.trend.intercept + slope.trend.slope * atS))}`)
            .join('L')}" fill="none" stroke="${COLORS.trend}" stroke-width="1.5" stroke-dasharray="5 3"/>`,
        ]),
  ].join('');
}

/** Least and highest point of each stretch of the run, in the order of their times. */
export function extremes(points: readonly Point[], runS: number): Point[] {
  const stretches = new Map<number, { least: Point; most: Point }>();
  for (const point of points) {
    const stretch = Math.floor((point.atS / runS) * STRETCHES);
    const known = stretches.get(stretch);
    if (known === undefined) stretches.set(stretch, { least: point, most: point });
    else if (point.value < known.least.value) known.least = point;
    else if (point.value > known.most.value) known.most = point;
  }
  return [...stretches.values()].flatMap(({ least, most }) =>
    least === most ? [least] : [least, most].toSorted((a, b) => a.atS - b.atS),
  );
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

/** Pixels to a tenth. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
