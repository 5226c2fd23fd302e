/**
 * Where each message of a log stands: the heights of all rows, measured ones and guesses, so that only the rows near
 * what is in view have to be in the document. It knows nothing of the document.
 *
 * Heights are kept by row and summed by chunk of messages. Finding a place costs a walk over the chunks and over one of
 * them; a message more costs the work of its chunk, and not of the log. All lengths in CSS px.
 */
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { LoggedMessage } from '../state/logged-message.ts';
import { MessageRows, type MessageRow, type RowKey } from '../state/message-rows.ts';
import type { Chunk } from '../state/timeline-chunks.ts';
import type { Timeline } from '../state/timeline.ts';

interface Block {
  readonly chunk: Chunk | null;
  /** The message before the first one. */
  readonly previous: LoggedMessage | null;
  readonly rows: readonly MessageRow[];
  height: number;
}

/** Rows `first` to `last`, both included. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** What a row is taken for until it was measured. */
const LINE_HEIGHT = 24;
const NAME_HEIGHT = 34;
const DAY_HEIGHT = 48;
const LINE_LENGTH = 90;
/** Heights of rows that are gone are thrown away once there are so many more of them than of rows. */
const FORGOTTEN_HEIGHTS = 2_000;

/** See the head of the file. */
export class MessageLogLayout {
  readonly #rows = new MessageRows();
  readonly #measured = new Map<RowKey, number>();
  #blocks: readonly Block[] = [];
  #count = 0;

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /** Height of all rows together. */
  get height(): number {
    return this.#blocks.reduce((sum, block) => sum + block.height, 0);
  }

  /** Takes over what `timeline` shows; `self` wrote what is outgoing. */
  update({ messages, outgoing }: Timeline, self: UserRef): void {
    const known = new Map(this.#blocks.map((block) => [block.chunk, block]));
    const blocks: Block[] = [];
    let previous: LoggedMessage | null = null;
    for (const chunk of messages.list) {
      const block = known.get(chunk);
      blocks.push(block?.previous === previous ? block : this.#newBlock(chunk, previous));
      previous = chunk.at(-1) ?? previous;
    }
    if (outgoing.length > 0) {
      const rows = this.#rows.outgoing(outgoing, self, previous);
      blocks.push({ chunk: null, previous, rows, height: this.#heightOf(rows) });
    }
    this.#blocks = blocks;
    this.#count = messages.count + outgoing.length;
    if (this.#measured.size > this.#count + FORGOTTEN_HEIGHTS) this.#forget();
  }

  /** Rows of `range`, in order. */
  rowsOf({ first, last }: RowRange): readonly MessageRow[] {
    const rows: MessageRow[] = [];
    let start = 0;
    for (const block of this.#blocks) {
      const end = start + block.rows.length;
      if (end > first && start <= last)
        rows.push(...block.rows.slice(Math.max(0, first - start), last - start + 1));
      start = end;
    }
    return rows;
  }

  /** The number of a row, counted from 0, or null when there is none of that key. */
  indexOf(key: RowKey): number | null {
    let start = 0;
    for (const { rows } of this.#blocks) {
      const last = rows.at(-1);
      // Places rise along the log; outgoing messages have none and stand behind all of it.
      const isHere = typeof key === 'string' || (last?.kind === 'logged' && last.key >= key);
      const at = isHere ? rows.findIndex((row) => row.key === key) : -1;
      if (at >= 0) return start + at;
      start += rows.length;
    }
    return null;
  }

  /** Height of the rows before row `index`; `index` may be the number of rows. */
  topOf(index: number): number {
    let top = 0;
    let start = 0;
    for (const block of this.#blocks) {
      if (index < start + block.rows.length) {
        for (const row of block.rows.slice(0, index - start)) top += this.#rowHeight(row);
        return top;
      }
      top += block.height;
      start += block.rows.length;
    }
    return top;
  }

  /** The number of the row that stands `y` below the first one's upper edge; the nearest where none does. */
  indexAt(y: number): number {
    let top = 0;
    let start = 0;
    for (const block of this.#blocks) {
      if (y < top + block.height) {
        let index = start;
        for (const row of block.rows) {
          top += this.#rowHeight(row);
          if (y < top) return index;
          index += 1;
        }
        // Sums in another order may differ in their last bit.
        return index - 1;
      }
      top += block.height;
      start += block.rows.length;
    }
    return Math.max(0, start - 1);
  }

  /** Notes the heights that rows really have. */
  measure(heights: Iterable<readonly [RowKey, number]>): void {
    const changed = new Set<Block>();
    for (const [key, height] of heights) {
      if (this.#measured.get(key) === height) continue;
      const block = this.#blockOf(key);
      if (block === undefined) continue;
      this.#measured.set(key, height);
      changed.add(block);
    }
    // Summed anew and not corrected, so that errors of addition don't pile up.
    for (const block of changed) block.height = this.#heightOf(block.rows);
  }

  #newBlock(chunk: Chunk, previous: LoggedMessage | null): Block {
    let before = previous;
    const rows = chunk.map((message) => {
      const row = this.#rows.logged(message, before);
      before = message;
      return row;
    });
    return { chunk, previous, rows, height: this.#heightOf(rows) };
  }

  #blockOf(key: RowKey): Block | undefined {
    return this.#blocks.find(({ chunk, rows }) =>
      typeof key === 'string'
        ? chunk === null && rows.some((row) => row.key === key)
        : (chunk?.at(-1)?.seq ?? 0) >= key && (chunk?.[0]?.seq ?? Infinity) <= key,
    );
  }

  #rowHeight(row: MessageRow): number {
    return this.#measured.get(row.key) ?? guess(row);
  }

  #heightOf(rows: readonly MessageRow[]): number {
    let height = 0;
    for (const row of rows) height += this.#rowHeight(row);
    return height;
  }

  #forget(): void {
    const kept = new Set(this.#blocks.flatMap(({ rows }) => rows.map((row) => row.key)));
    for (const key of [...this.#measured.keys()]) if (!kept.has(key)) this.#measured.delete(key);
  }
}

function guess({ message, newDay, startsRun }: MessageRow): number {
  const lines = 1 + Math.floor(message.content.length / LINE_LENGTH);
  return lines * LINE_HEIGHT + (newDay ? DAY_HEIGHT : 0) + (startsRun ? NAME_HEIGHT : 0);
}

/** `ranges` in order, those that touch made one. */
export function mergedRanges(ranges: readonly RowRange[]): readonly RowRange[] {
  const list: RowRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = list.at(-1);
    if (before === undefined || range.first > before.last + 1) list.push(range);
    else list[list.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return list;
}
