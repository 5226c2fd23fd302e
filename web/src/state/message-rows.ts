/** Messages as they are read: each with what stands above it, the day or its author's name. */
import type { UserRef } from '../../../src/protocol/entities.ts';
import { sameDay } from '../text/format-time.ts';
import type { LoggedMessage } from './logged-message.ts';
import type { OutgoingMessage } from './timeline.ts';

/** Names a row for as long as it is shown: a place of the log, or the clientMessageId of what isn't there yet. */
export type RowKey = number | string;

/** `newDay`: it is the first of its day. `startsRun`: its author's name stands above it. */
interface RowPlace {
  readonly newDay: boolean;
  readonly startsRun: boolean;
}

/** A message of the log. */
export interface LoggedRow extends RowPlace {
  readonly kind: 'logged';
  readonly key: number;
  readonly message: LoggedMessage;
}

/** A message that isn't in the log yet; `author`: oneself. */
export interface OutgoingRow extends RowPlace {
  readonly kind: 'outgoing';
  readonly key: string;
  readonly author: UserRef;
  readonly message: OutgoingMessage;
}

export type MessageRow = LoggedRow | OutgoingRow;

/** Who wrote a message, and when in ms since the epoch: what the next one's place depends on. */
interface Written {
  readonly author: UserRef;
  readonly at: number;
}

/** A run ends when its author was silent for so many ms. */
const RUN_PAUSE_MS = 5 * 60_000;

/** Makes rows, and gives the same row again while the message and the one before it are the same. */
export class MessageRows {
  readonly #made = new WeakMap<LoggedMessage, { readonly after: Written | null; readonly row: LoggedRow }>();

  /** The row of `message` behind `previous` (null: behind none that is loaded). */
  logged(message: LoggedMessage, previous: LoggedMessage | null): LoggedRow {
    const made = this.#made.get(message);
    if (made !== undefined && made.after === previous) return made.row;
    const row = { kind: 'logged', key: message.seq, message, ...placeOf(message, previous) } as const;
    this.#made.set(message, { after: previous, row });
    return row;
  }

  /** The rows of what `author` wrote and the log doesn't have, behind `previous`. */
  outgoing(
    messages: readonly OutgoingMessage[],
    author: UserRef,
    previous: LoggedMessage | null,
  ): readonly OutgoingRow[] {
    let before: Written | null = previous;
    return messages.map((message) => {
      const written = { author, at: message.at };
      const place = placeOf(written, before);
      before = written;
      return { kind: 'outgoing', key: message.clientMessageId, author, message, ...place };
    });
  }
}

function placeOf(message: Written, previous: Written | null): RowPlace {
  const newDay = previous === null || !sameDay(previous.at, message.at);
  return { newDay, startsRun: newDay || !continues(previous, message) };
}

function continues(previous: Written | null, message: Written): boolean {
  return (
    previous !== null &&
    previous.author.id === message.author.id &&
    previous.author.name === message.author.name &&
    message.at - previous.at < RUN_PAUSE_MS
  );
}
