/**
 * A long list of messages that changes at its ends. It is kept in chunks, so that a message more costs a copy of one
 * chunk and not of the list, and so that what was worked out for a chunk holds as long as the chunk itself.
 */
import type { Amendment, LoggedMessage } from './logged-message.ts';

/** Some messages in the order of the log, at least one. Never changed in place. */
export type Chunk = readonly LoggedMessage[];

/** Messages in the order of the log: `count` of them in chunks. */
export interface Chunks {
  readonly list: readonly Chunk[];
  readonly count: number;
}

export const NO_CHUNKS: Chunks = { list: [], count: 0 };

/** Most messages in a chunk. */
export const CHUNK_SIZE = 128;

/** `chunks` with `messages` behind them. */
export function appended(chunks: Chunks, messages: readonly LoggedMessage[]): Chunks {
  if (messages.length === 0) return chunks;
  const last = chunks.list.at(-1);
  const room = last === undefined ? 0 : CHUNK_SIZE - last.length;
  const list =
    last === undefined || room <= 0
      ? [...chunks.list, ...cut(messages)]
      : [...chunks.list.slice(0, -1), [...last, ...messages.slice(0, room)], ...cut(messages.slice(room))];
  return { list, count: chunks.count + messages.length };
}

/** `chunks` with `messages` before them. */
export function prepended(chunks: Chunks, messages: readonly LoggedMessage[]): Chunks {
  if (messages.length === 0) return chunks;
  const [first, ...others] = chunks.list;
  const fits = first !== undefined && first.length + messages.length <= CHUNK_SIZE;
  const list = fits ? [[...messages, ...first], ...others] : [...cut(messages), ...chunks.list];
  return { list, count: chunks.count + messages.length };
}

/** The newest message of which `isIt` is true. */
export function lastOf(
  { list }: Chunks,
  isIt: (message: LoggedMessage) => boolean,
): LoggedMessage | undefined {
  for (const chunk of list.toReversed()) {
    const found = chunk.findLast(isIt);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `chunks` with some messages changed; the same ones where those aren't among them. */
export function amended(chunks: Chunks, { concerns, change }: Amendment): Chunks {
  if (typeof concerns !== 'string') return amendedWherever(chunks, concerns, change);
  const isIt = (message: LoggedMessage): boolean => message.id === concerns;
  // What is changed is seldom old.
  const at = chunks.list.findLastIndex((chunk) => chunk.some(isIt));
  if (at === -1) return chunks;
  const list = chunks.list.map((chunk, index) => (index === at ? changed(chunk, isIt, change) : chunk));
  return { ...chunks, list };
}

function amendedWherever(
  chunks: Chunks,
  isIt: (message: LoggedMessage) => boolean,
  change: Amendment['change'],
): Chunks {
  if (!chunks.list.some((chunk) => chunk.some(isIt))) return chunks;
  const list = chunks.list.map((chunk) => (chunk.some(isIt) ? changed(chunk, isIt, change) : chunk));
  return { ...chunks, list };
}

function changed(
  chunk: Chunk,
  isIt: (message: LoggedMessage) => boolean,
  change: Amendment['change'],
): Chunk {
  return chunk.map((message) => (isIt(message) ? change(message) : message));
}

/** The newest messages: whole chunks, as few as hold `atLeast` of them. */
export function newestOf(chunks: Chunks, atLeast: number): Chunks {
  let from = chunks.list.length;
  let count = 0;
  while (from > 0 && count < atLeast) {
    from -= 1;
    count += chunks.list[from]?.length ?? 0;
  }
  return from === 0 ? chunks : { list: chunks.list.slice(from), count };
}

/** The oldest messages: whole chunks, as few as hold `atLeast` of them. */
export function oldestOf(chunks: Chunks, atLeast: number): Chunks {
  let end = 0;
  let count = 0;
  while (end < chunks.list.length && count < atLeast) {
    count += chunks.list[end]?.length ?? 0;
    end += 1;
  }
  return end === chunks.list.length ? chunks : { list: chunks.list.slice(0, end), count };
}

function cut(messages: readonly LoggedMessage[]): readonly Chunk[] {
  const list: Chunk[] = [];
  for (let from = 0; from < messages.length; from += CHUNK_SIZE)
    list.push(messages.slice(from, from + CHUNK_SIZE));
  return list;
}
