/** What a soak has shown, figure by figure. */
import { markdownTable } from '../report/markdown-table.ts';
import { median } from '../report/median.ts';
import { whole } from '../report/number-text.ts';
import { type Family, FAMILIES, type Series, seriesOf } from './figure.ts';
import type { SoakRecord } from './soak.ts';
import {
  judgeReturn,
  judgeSlope,
  type ReturnVerdict,
  type SlopeVerdict,
  type SteadyPart,
  steadyPart,
} from './verdict.ts';

/** A figure, and what to say of it. */
export interface JudgedSeries extends Series {
  readonly slope: SlopeVerdict | null;
  /** Null: it needn't return. */
  readonly back: ReturnVerdict | null;
}

/** Everything that is told. */
export interface SoakReport {
  readonly runS: number;
  readonly steady: SteadyPart | null;
  readonly figures: readonly JudgedSeries[];
  readonly record: SoakRecord;
  /** What is wrong, one line each; none: the soak is passed. */
  readonly findings: readonly string[];
}

/** Judges what was measured. */
export function judge(record: SoakRecord): SoakReport {
  const steady = steadyPart(record.runS);
  const figures = seriesOf(record.readings).map((series) => ({
    ...series,
    slope: judgeSlope(series, steady),
    back: returnOf(series.family, record),
  }));
  return { runS: record.runS, steady, figures, record, findings: findingsOf(figures, record) };
}

/** How a figure is judged: `rises`, `not back`, `steady`, or `not judged`. */
export function verdictWord({ slope, back }: JudgedSeries): string {
  if (slope?.rises === true) return 'rises';
  if (back?.isBack === false) return 'not back';
  if (slope !== null) return 'steady';
  return back === null ? 'not judged' : 'back';
}

/** The whole report as Markdown. */
export function reportText(report: SoakReport): string {
  const { record, steady, findings } = report;
  const { crowd } = record;
  const rows = report.figures.map((figure) => {
    const values = figure.points.map(({ value }) => value);
    const number = numberText(figure.family);
    const { slope, back } = figure;
    const unit = figure.family.unit === '' ? '' : `, ${figure.family.unit}`;
    return [
      `${figure.title}${unit}`,
      number(Math.min(...values)),
      number(median(values) ?? 0),
      number(Math.max(...values)),
      slope === null ? '–' : slopeText(slope),
      slope === null ? '–' : `${slope.leastRise.toFixed(2)} of ${slope.noise.toFixed(2)}`,
      back === null ? '–' : `${number(back.start)} → ${number(back.end)}`,
      verdictWord(figure),
    ];
  });
  const header = [
    'figure',
    'least',
    'median',
    'most',
    'an hour (99 %)',
    'sure rise of noise',
    'before → after',
    'verdict',
  ];
  const judged =
    steady === null
      ? 'too short to judge slopes'
      : `slopes from ${(steady.fromS / 60).toFixed(1)} to ${(steady.toS / 60).toFixed(1)} min`;
  return [
    `${(report.runS / 60).toFixed(1)} min, ${judged}; ${whole(crowd.connects)} connects, ` +
      `${whole(crowd.messages)} messages, ${whole(crowd.deliveries)} deliveries.`,
    markdownTable(header, rows, 1),
    findings.length === 0 ? 'Passed.' : findings.map((finding) => `- FAILED: ${finding}`).join('\n'),
  ].join('\n\n');
}

function returnOf(family: Family, { before, after }: SoakRecord): ReturnVerdict | null {
  const value = (measured: SoakRecord['before']): number | undefined =>
    measured.find((one) => FAMILIES[one.family] === family)?.value;
  const [start, end] = [value(before), value(after)];
  const { returnsWithin } = family;
  if (start === undefined || end === undefined || returnsWithin === null) return null;
  return judgeReturn(start, end, returnsWithin);
}

function findingsOf(figures: readonly JudgedSeries[], { crowd }: SoakRecord): string[] {
  return [
    ...figures.flatMap(({ title, family: { unit }, slope, back }) => [
      ...(slope?.rises === true
        ? [
            `${title} rises by ${slope.leastRise.toFixed(2)} ${unit} at least, ` +
              `noise would be ${slope.noise.toFixed(2)}`,
          ]
        : []),
      ...(back?.isBack === false ? [`${title} went from ${back.start} to ${back.end}`] : []),
    ]),
    ...Object.entries(crowd.troubles).map(([what, count]) => `${what}: ${whole(count)} times`),
  ];
}

function slopeText({ trend: { slope, low, high } }: SlopeVerdict): string {
  const hourly = (perSecond: number): string => (perSecond * 3_600).toFixed(1);
  return `${hourly(slope)} (${hourly(low)} … ${hourly(high)})`;
}

/** How a family's values are written. */
export function numberText({ unit }: Pick<Family, 'unit'>): (value: number) => string {
  return unit === '' ? whole : (value) => value.toFixed(1);
}
