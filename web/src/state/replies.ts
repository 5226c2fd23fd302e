/** Replies: the head of what a message answers, and the replies that a message has. */
import type { UserRef } from '../../../src/protocol/entities.ts';
import { personOf } from './person-of.ts';
import { fieldsOf } from './server-requests.ts';

/** The head of a message that is answered. `content` may be cut, and is empty where `deleted`. */
export interface Quote {
  readonly id: string;
  readonly author: UserRef;
  readonly content: string;
  readonly deleted: boolean;
}

/** The replies below a message. `lastAt` in ms since the epoch. */
export interface ThreadHead {
  readonly count: number;
  readonly lastAt: number;
  /** What stands in the log up to here is counted. */
  readonly asOf: number;
}

/** So much of a message is quoted, characters. */
export const QUOTED_LENGTH = 200;

/** The quote in an event's data, or null. */
export function readQuote(value: unknown): Quote | null {
  const { id, author, content, deleted } = fieldsOf(value);
  const by = personOf(author);
  if (typeof id !== 'string' || by === null) return null;
  return { id, author: by, content: typeof content === 'string' ? content : '', deleted: deleted === true };
}

/** The thread in an event's data, which is told as it is at the place `asOf` of the log, or null. */
export function readThread(value: unknown, asOf: number): ThreadHead | null {
  const { count, lastAt } = fieldsOf(value);
  return typeof count === 'number' && typeof lastAt === 'number' && count > 0
    ? { count, lastAt, asOf }
    : null;
}

/** The head of a message that the page holds, for an answer to it. */
export function quoteOf(message: {
  readonly id: string;
  readonly author: UserRef;
  readonly content: string;
  readonly deleted?: boolean;
}): Quote {
  const { id, author, content, deleted = false } = message;
  return { id, author, content: headOf(content), deleted };
}

/** What is quoted of a text. */
export function headOf(content: string): string {
  // No character is more than two code units.
  return Array.from(content.slice(0, 2 * QUOTED_LENGTH))
    .slice(0, QUOTED_LENGTH)
    .join('');
}

/** A thread with one reply more, which stands at `seq` and was written at `at`. One that is counted already changes nothing. */
export function withReply(thread: ThreadHead | undefined, seq: number, at: number): ThreadHead {
  const { count, lastAt, asOf } = thread ?? NO_REPLIES;
  return seq > asOf ? { count: count + 1, lastAt: Math.max(lastAt, at), asOf: seq } : { count, lastAt, asOf };
}

/** A thread with one reply fewer, by what stands at `seq`; null: none are left. */
export function withoutReply(thread: ThreadHead | undefined, seq: number): ThreadHead | null {
  const { count, lastAt, asOf } = thread ?? NO_REPLIES;
  if (seq <= asOf) return { count, lastAt, asOf };
  return count <= 1 ? null : { count: count - 1, lastAt, asOf: seq };
}

const NO_REPLIES: ThreadHead = { count: 0, lastAt: 0, asOf: 0 };
