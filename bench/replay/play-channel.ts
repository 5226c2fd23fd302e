/** Plays one log into one channel, watches it from a listener's place, and reads it back. */
import type { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';
import type { LogEvent } from '../../src/protocol/events.ts';
import type { LatencyHistogram } from '../load/latency-histogram.ts';
import type { Speaker } from './cast.ts';
import type { ExpectedLine, HistoryLine } from './compare-history.ts';
import type { IrcLog, ScriptLine } from './irc-log.ts';

/** Time for the last deliveries to reach the listener, ms. */
const LISTENER_PATIENCE_MS = 15_000;
const PAGE = 200;

/** What playing needs. Times are ms of one clock. */
export interface PlayOptions {
  readonly channelId: string;
  readonly log: IrcLog;
  readonly cast: ReadonlyMap<string, Speaker>;
  readonly listener: ChatClient;
  /** How many times faster than the log; Infinity for as fast as the server answers. */
  readonly speed: number;
  readonly now: () => number;
  readonly ackLatency: LatencyHistogram;
  readonly deliveryLatency: LatencyHistogram;
  /** Called after each line, sent or failed. */
  readonly onLine: () => void;
}

/** What came of one channel. */
export interface PlayedChannel {
  readonly expected: readonly ExpectedLine[];
  /** What the listener was shown, live. */
  readonly seen: readonly HistoryLine[];
  /** What history tells afterwards. */
  readonly history: readonly HistoryLine[];
  /** `seq` of the first line. */
  readonly firstSeq: number;
  /** Lines that the server refused, in words. */
  readonly refusals: readonly string[];
  /** ms from the first line to the last answer. */
  readonly elapsedMs: number;
}

/**
 * Sends every line under its speaker's connection, the next only when the one before is acknowledged: that is what
 * makes the order exact with so many senders. Speakers join before their first line and leave after their last.
 */
export async function playChannel(options: PlayOptions): Promise<PlayedChannel> {
  const { channelId, log, cast, listener, now } = options;
  const sentAt = new Map<number, number>();
  const seen: HistoryLine[] = [];
  const unsubscribe = listener.on('event', (event) => {
    if (event.channelId !== channelId) return;
    const line = historyLine(event);
    const at = line.lineNumber === null ? undefined : sentAt.get(line.lineNumber);
    if (at !== undefined) options.deliveryLatency.record((now() - at) * 1_000);
    seen.push(line);
  });
  const { seq } = await listener.join(channelId, { limit: 1 });
  const refusals: string[] = [];
  const lastLines = new Map(log.script.map(({ name, lineNumber }) => [name, lineNumber]));
  const start = now();
  for (const line of log.script) {
    await until(start + line.atMs / options.speed, now);
    const refusal = await speak(line, options, sentAt);
    if (refusal !== null) refusals.push(refusal);
    if (lastLines.get(line.name) === line.lineNumber) await leave(cast.get(line.name), channelId);
    options.onLine();
  }
  const elapsedMs = now() - start;
  await settled(() => seen.length >= log.script.length - refusals.length, now);
  unsubscribe();
  return {
    expected: log.script.map(({ lineNumber, name, kind, text }) => {
      return { lineNumber, kind, text, authorId: cast.get(name)?.userId ?? '' };
    }),
    seen,
    history: await readBack(listener, channelId, seq),
    firstSeq: seq + 1,
    refusals,
    elapsedMs,
  };
}

/** Reads the log after `afterSeq` to its end, page by page. */
export async function readBack(
  client: ChatClient,
  channelId: string,
  afterSeq: number,
): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  for (let last = afterSeq; ;) {
    const page = await patiently(() => client.history(channelId, { afterSeq: last, limit: PAGE }));
    lines.push(...page.events.map(historyLine));
    const newest = page.events.at(-1)?.seq ?? last;
    if (!page.hasMore || newest <= last) return lines;
    last = newest;
  }
}

/** Null, or why the line wasn't taken. */
async function speak(
  line: ScriptLine,
  options: PlayOptions,
  sentAt: Map<number, number>,
): Promise<string | null> {
  const { channelId, cast, now } = options;
  const speaker = cast.get(line.name);
  if (speaker === undefined) return `line ${line.lineNumber}: nobody is ${JSON.stringify(line.name)}`;
  try {
    await speaker.client.join(channelId, { limit: 1 });
    const before = now();
    sentAt.set(line.lineNumber, before);
    await speaker.client.send(channelId, line.content, { meta: { line: line.lineNumber, kind: line.kind } });
    options.ackLatency.record((now() - before) * 1_000);
    return null;
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return `line ${line.lineNumber}: ${error.code}, ${error.message}`;
  }
}

async function leave(speaker: Speaker | undefined, channelId: string): Promise<void> {
  try {
    await speaker?.client.leave(channelId);
  } catch (error) {
    // Who isn't let go stays to the end.
    if (!(error instanceof ChatError)) throw error;
  }
}

function historyLine(event: LogEvent): HistoryLine {
  if (event.type !== 'message:created' || 'deleted' in event.data)
    return { seq: event.seq, authorId: '', content: '', lineNumber: null, kind: null };
  const { content, author, meta } = event.data;
  return {
    seq: event.seq,
    authorId: author.id,
    content,
    lineNumber: typeof meta?.['line'] === 'number' ? meta['line'] : null,
    kind: typeof meta?.['kind'] === 'string' ? meta['kind'] : null,
  };
}

/** Asks again as long as the answer is to try later. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryAfterMs === undefined) throw error;
      await pause(error.retryAfterMs);
    }
  }
}

async function until(timeMs: number, now: () => number): Promise<void> {
  const left = timeMs - now();
  if (left > 0) await pause(left);
}

async function settled(condition: () => boolean, now: () => number): Promise<void> {
  const deadline = now() + LISTENER_PATIENCE_MS;
  while (!condition() && now() < deadline) await pause(5);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
