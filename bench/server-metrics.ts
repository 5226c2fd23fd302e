/** Figures that a running server tells at `GET /metrics` (Prometheus' text format, version 0.0.4). */

/** One line: a metric's name, its labels and its value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a page of metrics; values that are no numbers are NaN. */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, name = '', labels = '', value = ''] = match;
    const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: numberOf(value) }];
  });
}

/** What a storm's figures need. */
export interface StormFigures {
  /** Longest time that a thread with sockets kept others waiting since the last reading, ms. */
  readonly longestStallMs: number;
  /** Joins and pages that shards answered from memory, and those that needed the database; since the start. */
  readonly ringHits: number;
  readonly ringMisses: number;
  /** Shards that were replaced since the start; what they had counted went with them. */
  readonly shardRestarts: number;
}

/** Reads them out of a page of metrics. Throws when one isn't there: a figure that can't be read must not look good. */
export function stormFigures(samples: readonly Sample[]): StormFigures {
  const lags = samples.filter(
    ({ name, labels }) =>
      name === 'hubbub_event_loop_lag_seconds' &&
      labels['quantile'] === '1' &&
      !(labels['thread'] ?? '').startsWith('shard-'),
  );
  return {
    longestStallMs: Math.max(...some(lags, 'event loop lag').map(({ value }) => value * 1_000)),
    ringHits: total(samples, 'hubbub_ring_hits_total'),
    ringMisses: total(samples, 'hubbub_ring_misses_total'),
    // Nothing is told of what never happened.
    shardRestarts: samples
      .filter(({ name }) => name === 'hubbub_shard_restarts_total')
      .reduce((sum, { value }) => sum + value, 0),
  };
}

/** What happened from one reading to the next, with the stall that the later one tells. */
export function since(before: StormFigures, after: StormFigures): StormFigures {
  const shardRestarts = after.shardRestarts - before.shardRestarts;
  const counted = (earlier: number, later: number): number => (shardRestarts > 0 ? later : later - earlier);
  return {
    longestStallMs: after.longestStallMs,
    ringHits: counted(before.ringHits, after.ringHits),
    ringMisses: counted(before.ringMisses, after.ringMisses),
    shardRestarts,
  };
}

/** Asks the server on `port`. Rejects when it doesn't tell. */
export async function readStormFigures(port: number): Promise<StormFigures> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  return stormFigures(parseMetrics(await answer.text()));
}

function total(samples: readonly Sample[], metric: string): number {
  return some(
    samples.filter(({ name }) => name === metric),
    metric,
  ).reduce((sum, { value }) => sum + value, 0);
}

function some(samples: readonly Sample[], what: string): readonly Sample[] {
  if (samples.length === 0) throw new Error(`/metrics tells no ${what}`);
  return samples;
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}
