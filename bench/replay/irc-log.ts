/** A whole log: what is to be said, when, and what became of every line. */
import { parseIrcLine, type IrcLine, type LogTime, type SpokenLine } from './irc-line.ts';
import { contentObstacle, spokenText, toContent } from './wire-text.ts';

/** One line to be sent. */
export interface ScriptLine {
  /** In the file, from 1. */
  readonly lineNumber: number;
  readonly name: string;
  readonly kind: SpokenLine['kind'];
  /** What goes over the wire. */
  readonly content: string;
  /** What has to come back, once the wire's escape is undone. */
  readonly text: string;
  /** Since the first line, ms, in the log's own time; never falls. */
  readonly atMs: number;
}

/** A log that was read. */
export interface IrcLog {
  readonly script: readonly ScriptLine[];
  /** Lines of the file; as many as the script's and the counted ones together. */
  readonly lines: number;
  /** Lines that aren't sent, by what they are: `join`, `leave`, `nick`, …, `skipped: no text`, … */
  readonly counted: ReadonlyMap<string, number>;
}

const MINUTE_MS = 60_000;
/** A log whose clock goes back by less than this is out of order; by more, half a day or a day has passed. */
const JITTER_MINUTES = 60;

/** Reads a log. `bytes` that aren't UTF-8 make their line `skipped: not UTF-8`. */
export function readIrcLog(bytes: Uint8Array): IrcLog {
  const counted = new Map<string, number>();
  const spoken: { lineNumber: number; line: SpokenLine }[] = [];
  const lines = splitLines(bytes);
  lines.forEach((lineBytes, index) => {
    const line = decode(lineBytes);
    const reason = line === null ? 'skipped: not UTF-8' : whyNotSent(line);
    if (reason !== null) counted.set(reason, (counted.get(reason) ?? 0) + 1);
    else if (line !== null && isSpoken(line)) spoken.push({ lineNumber: index + 1, line });
  });
  const times = spreadTimes(spoken.map(({ line }) => line.time));
  const script = spoken.map(({ lineNumber, line }, index) => ({
    lineNumber,
    name: line.name,
    kind: line.kind,
    content: toContent(line),
    text: spokenText(line),
    atMs: times[index] ?? 0,
  }));
  return { script, lines: lines.length, counted };
}

function whyNotSent(line: IrcLine): string | null {
  if (line.kind === 'skipped') return `skipped: ${line.reason}`;
  if (!isSpoken(line)) return line.kind;
  const obstacle = contentObstacle(line);
  return obstacle === null ? null : `skipped: ${obstacle}`;
}

function isSpoken(line: IrcLine): line is SpokenLine {
  return line.kind === 'message' || line.kind === 'action' || line.kind === 'notice';
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    const withoutReturn = bytes[end - 1] === 0x0d && end > start ? end - 1 : end;
    lines.push(bytes.subarray(start, withoutReturn));
    start = end + 1;
  }
  return lines;
}

function decode(line: Uint8Array): IrcLine | null {
  try {
    return parseIrcLine(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return null;
  }
}

/**
 * Ms since the first line. Clocks without dates run over midnight (or noon, where the log has twelve hours); lines
 * of one minute are spread over it; a line without a time, or out of order, goes with the one before it.
 */
function spreadTimes(times: readonly (LogTime | null)[]): number[] {
  const period = times.some((time) => time !== null && (time.minutes >= 13 * 60 || time.minutes < 60))
    ? 24 * 60
    : 12 * 60;
  const minutes: number[] = [];
  let last: LogTime | null = null;
  let now = 0;
  for (const time of times) {
    if (time !== null) {
      const passed = last === null ? 0 : step(last, time, period);
      now += passed;
      if (passed > 0 || last === null) last = time;
    }
    minutes.push(now);
  }
  return spreadEqual(minutes);
}

function step(from: LogTime, to: LogTime, period: number): number {
  const passed = to.minutes - from.minutes;
  if (to.dated) return Math.max(0, passed);
  const forward = ((passed % period) + period) % period;
  return forward > period - JITTER_MINUTES ? 0 : forward;
}

function spreadEqual(minutes: readonly number[]): number[] {
  const spread: number[] = [];
  for (let start = 0; start < minutes.length;) {
    let end = start;
    while (end < minutes.length && minutes[end] === minutes[start]) end += 1;
    const room = Math.min(1, (minutes[end] ?? Infinity) - (minutes[start] ?? 0));
    for (let i = start; i < end; i += 1) {
      spread.push(((minutes[start] ?? 0) + ((i - start) / (end - start)) * room) * MINUTE_MS);
    }
    start = end;
  }
  return spread;
}
