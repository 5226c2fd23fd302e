/** A long range as few pieces for which sums are kept: months of UTC, and days and quarters of an hour at its ends. Pure. */
import { QUARTER_MS } from './buckets.ts';

/** What sums are kept by. */
export const TILE_LEVELS = { quarter: 0, day: 1, month: 2 } as const;

/** Sums of one level, from the one that begins with `start` on, before `end` (ms since the epoch). */
export interface Tile {
  readonly level: (typeof TILE_LEVELS)[keyof typeof TILE_LEVELS];
  readonly start: number;
  readonly end: number;
}

const DAY_MS = 86_400_000;

/** The range, made longer to whole quarters of an hour at both ends. */
export function tilesOf(from: number, to: number): readonly Tile[] {
  const start = Math.floor(from / QUARTER_MS) * QUARTER_MS;
  const end = Math.ceil(to / QUARTER_MS) * QUARTER_MS;
  const firstDay = Math.min(end, Math.ceil(start / DAY_MS) * DAY_MS);
  const lastDay = Math.max(firstDay, Math.floor(end / DAY_MS) * DAY_MS);
  const firstMonth = Math.min(lastDay, monthOf(firstDay) === firstDay ? firstDay : nextMonth(firstDay));
  const lastMonth = Math.max(firstMonth, monthOf(lastDay));
  const { quarter, day, month } = TILE_LEVELS;
  return [
    { level: quarter, start, end: firstDay },
    { level: day, start: firstDay, end: firstMonth },
    { level: month, start: firstMonth, end: lastMonth },
    { level: day, start: lastMonth, end: lastDay },
    { level: quarter, start: lastDay, end },
  ].filter((tile) => tile.end > tile.start);
}

function monthOf(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function nextMonth(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
