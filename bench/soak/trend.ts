/** Whether a series rises: the estimator of Theil and Sen, which outliers, pauses of the machine among them, hardly move. */
import { median } from '../report/median.ts';

/** A figure at a time, s. */
export interface Point {
  readonly atS: number;
  readonly value: number;
}

/** Slopes in units of the figure a second. */
export interface Trend {
  readonly slope: number;
  /** Bounds between which the true slope lies in 99 of 100 cases. */
  readonly low: number;
  readonly high: number;
  /** Value at time 0 of the line. */
  readonly intercept: number;
  /** How far points lie from the line: a robust standard deviation, in units of the figure. */
  readonly spread: number;
}

/** Of the normal distribution: 99 % lie within so many standard deviations. */
const Z_99 = 2.576;
/** Standard deviations in a median absolute deviation, for the normal distribution. */
const MAD_TO_SIGMA = 1.4826;

/**
 * The median of the slopes between all pairs of points. The bounds are Sen's (J. Am. Stat. Assoc. 63, 1968): slopes of the
 * ranks that the variance of Kendall's S gives. Null for fewer than two times. Work grows with the square of the points.
 */
export function theilSen(points: readonly Point[]): Trend | null {
  const slopes: number[] = [];
  for (const [i, { atS, value }] of points.entries()) {
    for (const other of points.slice(i + 1)) {
      if (other.atS !== atS) slopes.push((other.value - value) / (other.atS - atS));
    }
  }
  const slope = median(slopes);
  if (slope === null) return null;
  slopes.sort((a, b) => a - b);
  const n = points.length;
  const width = Z_99 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const last = slopes.length - 1;
  const lowRank = Math.max(0, Math.floor((slopes.length - width) / 2) - 1);
  const highRank = Math.min(last, Math.ceil((slopes.length + width) / 2));
  const intercept = median(points.map(({ atS, value }) => value - slope * atS)) ?? 0;
  const away = points.map(({ atS, value }) => Math.abs(value - intercept - slope * atS));
  return {
    slope,
    low: slopes[lowRank] ?? slope,
    high: slopes[highRank] ?? slope,
    intercept,
    spread: (median(away) ?? 0) * MAD_TO_SIGMA,
  };
}

/** How the points of a stretch of time become one. */
export type Summary = 'least' | 'median';

/**
 * The points from `fromS` to `toS` in so many stretches of equal length, each one point in its middle; stretches without
 * points are left out. `least` is for memory: what is left of it after garbage was collected is what is kept.
 */
export function inStretches(
  points: readonly Point[],
  { fromS, toS, stretches, summary }: StretchPlan,
): Point[] {
  const lengthS = (toS - fromS) / stretches;
  const values = Array.from({ length: stretches }, (): number[] => []);
  for (const { atS, value } of points) {
    if (atS >= fromS && atS < toS) values[Math.floor((atS - fromS) / lengthS)]?.push(value);
  }
  return values.flatMap((all, i) => {
    const value = summary === 'least' ? Math.min(...all) : median(all);
    return all.length === 0 || value === null ? [] : [{ atS: fromS + (i + 0.5) * lengthS, value }];
  });
}

/** How {@link inStretches} cuts. */
export interface StretchPlan {
  readonly fromS: number;
  readonly toS: number;
  readonly stretches: number;
  readonly summary: Summary;
}
