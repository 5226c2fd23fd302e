/** Distributions that a busy thread can afford: fixed buckets, nothing allocated for an observation. */

/** Plain data of a {@link Histogram}, to be sent between threads. */
export interface HistogramSnapshot {
  /** Upper bounds of the buckets, inclusive, rising; a last bucket without a bound follows. */
  readonly bounds: readonly number[];
  /** Observations a bucket: one more than bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Upper bounds for times that a commit or a lag takes, ms. */
export const MILLISECOND_BOUNDS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] as const;
/** Upper bounds for sizes of batches. */
export const SIZE_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 400, 800] as const;

/** Counts observations by bucket. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts `value`. */
  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** What was counted since the beginning. */
  snapshot(): HistogramSnapshot {
    return { bounds: this.#bounds, counts: Array.from(this.#counts), sum: this.#sum };
  }
}
