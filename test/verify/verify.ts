/** A whole verification: drives a server, then checks what was written down. */
import { ChatError } from '../../src/client/chat-error.ts';
import { Random } from '../sim/random.ts';
import { checkHistory, type Verdict } from './check-history.ts';
import { drive, type DriveOptions } from './drive.ts';
import { firstContact } from './first-contact.ts';
import type { HistoryRecord } from './history-record.ts';
import { HistoryRecorder } from './history-recorder.ts';

/** What to drive, and how. */
export interface VerifyOptions extends Pick<
  DriveOptions,
  'url' | 'token' | 'senders' | 'listeners' | 'seconds' | 'onStep'
> {
  /** How many channels. */
  readonly channels: number;
  /** Of everything that is random: texts, bursts, cuts. 0 to 2³² − 1. */
  readonly seed: number;
  /** Begins the ids of the channels; no earlier run had it. */
  readonly channelPrefix: string;
}

/** What came of it; `records` is the history as far as it goes. */
export type VerifyOutcome = { readonly records: readonly HistoryRecord[] } & (
  | { readonly kind: 'checked'; readonly verdict: Verdict; readonly delays: number }
  /** It could not be checked; why, in one line. */
  | { readonly kind: 'failed'; readonly problem: string }
);

/** Runs it to its end. What a server may do to it is an outcome, not an exception. */
export async function verify(options: VerifyOptions): Promise<VerifyOutcome> {
  const { url, token, seed, channelPrefix } = options;
  const recorder = new HistoryRecorder(() => performance.now());
  const { records } = recorder;
  recorder.add({ type: 'run', seed });
  const unusable = await firstContact(url, token);
  if (unusable !== null) return { kind: 'failed', problem: unusable, records };
  const channels = Array.from({ length: options.channels }, (_, index) => `${channelPrefix}${index}`);
  try {
    const { delays } = await drive({ ...options, channels, random: new Random(seed), recorder });
    return outcomeOf(records, delays);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const problem = error instanceof ChatError ? `${error.code}, ${error.message}` : error.message;
    return { kind: 'failed', problem: `the server could not be driven to the end: ${problem}`, records };
  }
}

/** Checks a history that came to its end. One in which nothing was acknowledged proves nothing. */
export function outcomeOf(records: readonly HistoryRecord[], delays: number): VerifyOutcome {
  const verdict = checkHistory(records);
  const { counts, findings } = verdict;
  if (counts.acknowledged > 0 || findings.length > 0) return { kind: 'checked', verdict, delays, records };
  const refusal = records.find((record) => record.type === 'failed' || record.type === 'unknown');
  const problem = `the server took no message (${refusal?.reason ?? 'none was sent'})`;
  return { kind: 'failed', problem, records };
}
