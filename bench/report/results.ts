/** What all rounds of a run came to. */
import { median } from './median.ts';

/** What one round says of one server under one load. */
export interface Line {
  readonly load: string;
  readonly server: string;
  /** By name; what could not be measured is left out. */
  readonly figures: Readonly<Record<string, number>>;
  /** Why the round doesn't count; absent: it does. */
  readonly void?: string;
  /** What went wrong, and how often: summed over the rounds. */
  readonly troubles?: Readonly<Record<string, number>>;
  /** What else is to be said of it. */
  readonly remarks?: readonly string[];
}

/** Lines of all rounds, by load and server. */
export class Results {
  readonly #lines: readonly Line[];

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  /** Loads and servers that were measured, in the order in which they were. */
  get rows(): readonly { readonly load: string; readonly server: string }[] {
    const rows = new Map(
      this.#lines.map(({ load, server }) => [JSON.stringify([load, server]), { load, server }]),
    );
    return [...rows.values()];
  }

  /** Every round of one row, void ones too. */
  rounds(load: string, server: string): readonly Line[] {
    return this.#lines.filter((line) => line.load === load && line.server === server);
  }

  /** Median of a figure over the rounds that count; null when none does, or none tells it. */
  median(load: string, server: string, figure: string): number | null {
    return median(this.#values(load, server, figure));
  }

  /** The largest; null as above. */
  largest(load: string, server: string, figure: string): number | null {
    const values = this.#values(load, server, figure);
    return values.length === 0 ? null : Math.max(...values);
  }

  /** The smallest; null as above. */
  smallest(load: string, server: string, figure: string): number | null {
    const values = this.#values(load, server, figure);
    return values.length === 0 ? null : Math.min(...values);
  }

  #values(load: string, server: string, figure: string): number[] {
    return this.rounds(load, server).flatMap((line) => {
      const value = line.figures[figure];
      return line.void !== undefined || value === undefined || !Number.isFinite(value) ? [] : [value];
    });
  }
}

/** One figure over another; null when either isn't there. */
export function ratio(over: number | null, under: number | null): number | null {
  return over === null || under === null || under === 0 ? null : over / under;
}
