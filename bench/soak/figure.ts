/** What is looked at during a soak, and what of its changes matters. */
import type { Point, Summary } from './trend.ts';

/** Figures of a kind, one of the server or one for each thread. */
export interface Family {
  readonly title: string;
  /** Empty: a count. */
  readonly unit: 'MB' | 'ms' | '';
  readonly summary: Summary;
  /** A rise over the steady part that never matters, in the unit. */
  readonly slack: number;
  /** How far above where it was it may be when everyone has left; null: anywhere. */
  readonly returnsWithin: number | null;
}

/**
 * By name. The slack is what allocators, timers and other processes of the machine do without any leak. A bounded pool
 * keeps as many connections to the database as its pollers needed at once lately, so those aren't the same each time; open
 * files are counted without them.
 */
export const FAMILIES = {
  resident: { title: 'resident memory', unit: 'MB', summary: 'least', slack: 8, returnsWithin: null },
  heap: { title: 'heap', unit: 'MB', summary: 'least', slack: 2, returnsWithin: null },
  external: { title: 'external memory', unit: 'MB', summary: 'least', slack: 1, returnsWithin: null },
  lag: { title: 'event loop lag p99', unit: 'ms', summary: 'median', slack: 2, returnsWithin: null },
  files: { title: 'open files', unit: '', summary: 'median', slack: 3, returnsWithin: 0 },
  threads: { title: 'threads', unit: '', summary: 'median', slack: 0, returnsWithin: 0 },
  database: { title: 'database connections', unit: '', summary: 'median', slack: 2, returnsWithin: 3 },
  connections: { title: 'connections', unit: '', summary: 'median', slack: 3, returnsWithin: 0 },
  channels: { title: 'channels in memory', unit: '', summary: 'median', slack: 3, returnsWithin: null },
  ackP50: { title: 'acknowledged p50', unit: 'ms', summary: 'median', slack: 2, returnsWithin: null },
  ackP99: { title: 'acknowledged p99', unit: 'ms', summary: 'median', slack: 5, returnsWithin: null },
  deliveryP50: { title: 'delivered p50', unit: 'ms', summary: 'median', slack: 2, returnsWithin: null },
  deliveryP99: { title: 'delivered p99', unit: 'ms', summary: 'median', slack: 5, returnsWithin: null },
} as const satisfies Record<string, Family>;

/** Name of a family. */
export type FamilyName = keyof typeof FAMILIES;

/** One value, in the unit of its family. */
export interface Measured {
  readonly family: FamilyName;
  /** The thread that it is of; null: of the server. */
  readonly thread: string | null;
  readonly value: number;
}

/** A figure over time. */
export interface Series {
  readonly family: Family;
  readonly title: string;
  readonly points: readonly Point[];
}

/** What was measured at a time, s since the load began. */
export interface Reading {
  readonly atS: number;
  readonly measured: readonly Measured[];
}

/** Turns readings into series, in the order of {@link FAMILIES}. A thread that didn't answer once has a point less. */
export function seriesOf(readings: readonly Reading[]): Series[] {
  return Object.entries(FAMILIES).flatMap(([name, family]) => {
    const byThread = new Map<string | null, Point[]>();
    for (const { atS, measured } of readings) {
      for (const { family: of, thread, value } of measured) {
        if (of !== name) continue;
        const points = byThread.get(thread) ?? [];
        points.push({ atS, value });
        byThread.set(thread, points);
      }
    }
    return [...byThread].map(([thread, points]) => ({ family, title: titleOf(family, thread), points }));
  });
}

/** How a figure is called. */
export function titleOf({ title }: Family, thread: string | null): string {
  return thread === null ? title : `${title}, ${thread}`;
}
