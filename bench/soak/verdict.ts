/** What to say of a figure when the soak is over. */
import type { Series } from './figure.ts';
import { inStretches, theilSen, type Trend } from './trend.ts';

/** Caches fill and code is compiled in the first part of a run: so much of it, and at least so long, isn't judged. */
const WARM_UP_SHARE = 0.25;
const WARM_UP_AT_LEAST_S = 90;
/** With less of a steady part than this, noise can't be told from a slope. */
const STEADY_AT_LEAST_S = 120;
const STRETCHES = 60;
const STRETCH_AT_LEAST_S = 5;
/** A rise within so many standard deviations of the points around their line is noise. */
const NOISE_SIGMAS = 2;

/** The part of a run whose slopes count, s since the load began. */
export interface SteadyPart {
  readonly fromS: number;
  readonly toS: number;
}

/** Null when a run of so many seconds is too short for one. */
export function steadyPart(runS: number): SteadyPart | null {
  const fromS = Math.max(WARM_UP_AT_LEAST_S, runS * WARM_UP_SHARE);
  return runS - fromS >= STEADY_AT_LEAST_S ? { fromS, toS: runS } : null;
}

/** How a figure went. */
export interface SlopeVerdict {
  readonly trend: Trend;
  /** Rise over the steady part that is as good as certain (99 %), in the figure's unit; below 0: none. */
  readonly leastRise: number;
  /** What it may be. */
  readonly noise: number;
  readonly rises: boolean;
}

/** Null when nothing can be said: the run was too short, or the figure was seldom told. */
export function judgeSlope({ family, points }: Series, steady: SteadyPart | null): SlopeVerdict | null {
  if (steady === null) return null;
  const { fromS, toS } = steady;
  const stretches = Math.min(STRETCHES, Math.floor((toS - fromS) / STRETCH_AT_LEAST_S));
  const judged = inStretches(points, { fromS, toS, stretches, summary: family.summary });
  const trend = theilSen(judged);
  if (trend === null || judged.length < stretches / 2) return null;
  const leastRise = trend.low * (toS - fromS);
  const noise = Math.max(family.slack, NOISE_SIGMAS * trend.spread);
  return { trend, leastRise, noise, rises: leastRise > noise };
}

/** A count before anyone came and after everyone left. */
export interface ReturnVerdict {
  readonly start: number;
  readonly end: number;
  readonly isBack: boolean;
}

/** Back is what is at most `within` above the start. Fewer is back too: an idle pool closes what it doesn't need. */
export function judgeReturn(start: number, end: number, within: number): ReturnVerdict {
  return { start, end, isBack: end <= start + within };
}
