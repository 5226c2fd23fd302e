/** Latencies in fixed memory: buckets grow with the value, so a quantile is within 1.6 % of the true one. */
const SUB_BITS = 6;
const SUB = 1 << SUB_BITS;
const BUCKETS = (32 - SUB_BITS) * SUB;

/** Counts latencies in µs, from 0 to 2³¹ − 1; what is out of that range counts as its nearest end. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  /** Adds one latency, µs. */
  record(micros: number): void {
    const value = Math.max(0, Math.min(0x7fffffff, Math.round(micros)));
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
  }

  /** How many were recorded. */
  get count(): number {
    return this.#total;
  }

  /** The latency, in ms, that `fraction` (0 to 1) of all stayed within; 0 when nothing was recorded. */
  quantileMs(fraction: number): number {
    const rank = Math.max(1, Math.ceil(this.#total * fraction));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return middleOf(bucket) / 1_000;
    }
    return 0;
  }
}

/** Values below 64 have a bucket each; above, every doubling has 64. */
function bucketOf(value: number): number {
  if (value < SUB) return value;
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return (shift + 1) * SUB + (value >>> shift) - SUB;
}

function middleOf(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  const low = ((bucket % SUB) + SUB) * 2 ** shift;
  return low + 2 ** (shift - 1);
}
