/** The whole replay: all logs at once against one server, then each history against its log. */
import { performance } from 'node:perf_hooks';
import { LatencyHistogram } from '../load/latency-histogram.ts';
import { connectCast, connectSpeaker, type Speaker } from './cast.ts';
import { compareHistory, type Difference } from './compare-history.ts';
import type { IrcLog } from './irc-log.ts';
import { playChannel, type PlayedChannel } from './play-channel.ts';

/** A log and the channel that it is played into. */
export interface ReplaySource {
  /** As reports name it. */
  readonly title: string;
  readonly channelId: string;
  readonly log: IrcLog;
}

/** What to play, and where. */
export interface ReplayOptions {
  readonly url: string;
  readonly sources: readonly ReplaySource[];
  /** How many times faster than the logs; Infinity for as fast as the server answers. */
  readonly speed: number;
  /** `done` of `total` steps: connections first, then lines. */
  readonly onProgress: (what: 'connecting' | 'playing', done: number, total: number) => void;
}

/** What came of one log. */
export interface ReplayedLog {
  readonly title: string;
  readonly channelId: string;
  readonly lines: number;
  readonly sent: number;
  readonly counted: ReadonlyMap<string, number>;
  readonly refusals: readonly string[];
  /** Of the history that was read back. */
  readonly differences: readonly Difference[];
  /** Of what the listener was shown while it went on. */
  readonly liveDifferences: readonly Difference[];
}

/** What came of all. */
export interface ReplayReport {
  readonly logs: readonly ReplayedLog[];
  readonly speakers: number;
  /** Names that the server gave otherwise than asked, as `asked → given`. */
  readonly renamed: readonly string[];
  readonly elapsedMs: number;
  readonly ackLatency: LatencyHistogram;
  readonly deliveryLatency: LatencyHistogram;
}

/** Whether every line of every log came back as it was said. */
export function isExact(report: ReplayReport): boolean {
  return report.logs.every(
    ({ refusals, differences, liveDifferences }) =>
      refusals.length === 0 && differences.length === 0 && liveDifferences.length === 0,
  );
}

/** Plays all sources at once and compares. Rejects when the server can't be used at all. */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { url, sources, speed, onProgress } = options;
  const names = [...new Set(sources.flatMap(({ log }) => log.script.map(({ name }) => name)))];
  const connections = names.length + sources.length;
  let connected = 0;
  const onConnected = (): void => onProgress('connecting', (connected += 1), connections);
  const listeners: Speaker[] = [];
  let cast = new Map<string, Speaker>();
  try {
    cast = await connectCast(url, names, onConnected);
    while (listeners.length < sources.length) {
      listeners.push(await connectSpeaker(url, 'replay-listener'));
      onConnected();
    }
    const total = sources.reduce((sum, { log }) => sum + log.script.length, 0);
    let lines = 0;
    const ackLatency = new LatencyHistogram();
    const deliveryLatency = new LatencyHistogram();
    const start = performance.now();
    const played = await Promise.all(
      listeners.map(async ({ client }, index) => {
        const source = sources[index];
        if (source === undefined) return null;
        const outcome = await playChannel({
          ...source,
          cast,
          listener: client,
          speed,
          now: () => performance.now(),
          ackLatency,
          deliveryLatency,
          onLine: () => onProgress('playing', (lines += 1), total),
        });
        return replayedLog(source, outcome);
      }),
    );
    const elapsedMs = performance.now() - start;
    const renamed = [...cast]
      .filter(([name, { givenName }]) => name !== givenName)
      .map(([name, { givenName }]) => `${name} → ${givenName}`);
    const logs = played.filter((log) => log !== null);
    return { logs, speakers: names.length, renamed, elapsedMs, ackLatency, deliveryLatency };
  } finally {
    for (const { client } of [...cast.values(), ...listeners]) client.close();
  }
}

function replayedLog(source: ReplaySource, played: PlayedChannel): ReplayedLog {
  const { expected, history, seen, firstSeq, refusals } = played;
  return {
    title: source.title,
    channelId: source.channelId,
    lines: source.log.lines,
    sent: source.log.script.length,
    counted: source.log.counted,
    refusals,
    differences: compareHistory(expected, history, firstSeq),
    liveDifferences: compareHistory(expected, seen, firstSeq),
  };
}
