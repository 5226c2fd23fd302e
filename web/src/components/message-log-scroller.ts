/**
 * Scrolling of a message log of which only a part is in the document.
 *
 * Two modes. Following: the newest message stays in view whatever changes. Reading back: what is in view stays where it
 * is while messages come at either end, rows turn out higher or lower than guessed, and the log is resized. Scrolling to
 * the end leads to the first, scrolling up to the second, and sending a message to the first.
 *
 * The log is laid out from its end (`flex-direction: column-reverse`), so `scrollTop` is 0 there and negative above.
 * What changes above the view therefore moves nothing by itself, which matters while one scrolls up: a scroll position
 * that is written while a finger or a wheel moves it makes that stop. For all else a message in view serves as anchor:
 * its place is noted whenever the reader scrolls and restored after every drawing, before the browser shows it.
 *
 * In the document are the rows in view, those around them, and rows that hold the focus or a selection, which would be
 * lost with them. All lengths in CSS px.
 */
import type { RowKey } from '../state/message-rows.ts';
import type { MessageLogLayout, RowRange } from './message-log-layout.ts';
import { allRows, offsetOf, rowAround, rowKey, rowOf, selectedRows, topmostRow } from './message-log-rows.ts';
import type { Anchor } from './message-log-rows.ts';

/** What the scroller needs. */
export interface LogScrollerOptions {
  readonly layout: MessageLogLayout;
  /** Draws anew, before the browser shows anything. */
  readonly redraw: () => void;
  readonly onFollowing: (following: boolean) => void;
  /** The reader comes near an end of what is loaded. */
  readonly onNear: (end: 'oldest' | 'newest') => void;
}

/** So close to the end counts as there. */
const END_SLACK = 40;
/** Rows are drawn for so much above and below what is in view, in heights of the log. */
const OVERSCAN = 1;
/** No less than this, for logs that are low. */
const MIN_OVERSCAN = 300;
/** More is asked for when so many heights of the log are left. */
const NEAR = 2;
/** Most rows that a selection keeps in the document. */
const MAX_SELECTED_ROWS = 400;
/** Drawings in a row after which rows that keep changing their heights are left alone. */
const MAX_DRAWINGS = 8;
/** Smaller differences can't be seen. */
const TOLERANCE = 0.1;

/** See the head of the file. */
export class LogScroller {
  readonly #options: LogScrollerOptions;
  #box: HTMLElement | null = null;
  #following = true;
  #anchor: Anchor | null = null;
  /** Whether the newest message there is has been loaded. */
  #reachesHead = true;
  /** Height of the log's view, and how far the view's end is above the log's. */
  #height = 0;
  #fromEnd = 0;
  /** The rows drawn for what is in view. */
  #drawn: RowRange = { first: 0, last: -1 };
  #drawings = 0;
  /** Where the view was when it was last looked at, and where it was put from here, until that is told as scrolled. */
  #scrollTop = 0;
  #putAt: number | null = null;
  #isLost = false;
  #selected: { readonly first: RowKey; readonly last: RowKey } | null = null;
  #focused: RowKey | null = null;

  constructor(options: LogScrollerOptions) {
    this.#options = options;
  }

  get following(): boolean {
    return this.#following;
  }

  /** Begins to work on `box`, whose rows bear `data-key`; the returned function ends it. */
  attach(box: HTMLElement, content: HTMLElement): () => void {
    this.#box = box;
    this.#height = box.clientHeight;
    // The box is resized with the window and the composer, the content when a row changes by itself.
    const observer = new ResizeObserver(() => {
      this.#settle();
      if (!this.#isCovered()) this.#options.redraw();
    });
    observer.observe(box);
    observer.observe(content);
    const onSelection = (): void => {
      this.#selected = selectedRows(box);
    };
    const onFocus = (): void => {
      this.#focused = rowAround(box, document.activeElement);
    };
    document.addEventListener('selectionchange', onSelection);
    document.addEventListener('focusin', onFocus);
    return () => {
      observer.disconnect();
      document.removeEventListener('selectionchange', onSelection);
      document.removeEventListener('focusin', onFocus);
      this.#box = null;
    };
  }

  /** The rows to draw now: ranges in order, with gaps between them. */
  ranges(reachesHead: boolean): readonly RowRange[] {
    this.#reachesHead = reachesHead;
    const { layout } = this.#options;
    if (layout.count === 0) return [];
    // The place that was read is gone: the log began anew.
    if (this.#anchor !== null && layout.indexOf(this.#anchor.key) === null) {
      this.#anchor = null;
      this.#isLost = true;
    }
    const { top, bottom } = this.#view();
    const margin = this.#margin();
    this.#drawn = { first: layout.indexAt(top - margin), last: layout.indexAt(bottom + margin) };
    return merged([this.#drawn, ...this.#kept()]);
  }

  /** To be called after each drawing, before the browser shows it. */
  drawn(): void {
    this.#drawings += 1;
    this.#settle();
    if (this.#drawings > MAX_DRAWINGS || this.#isCovered()) this.#drawings = 0;
    else this.#options.redraw();
  }

  /** The view was scrolled, by the reader or from here. */
  scrolled(): void {
    const box = this.#box;
    if (box === null) return;
    const isOwn = this.#putAt !== null && Math.abs(box.scrollTop - this.#putAt) < TOLERANCE;
    this.#putAt = null;
    this.#look();
    if (!isOwn) {
      this.#follow(this.#isAtEnd());
      this.#anchor = this.#following ? null : topmostRow(box);
    }
    if (!this.#isCovered()) this.#options.redraw();
    this.#tellNear();
  }

  /** Goes to the end and stays there. */
  toLatest(): void {
    this.#follow(true);
    this.#anchor = null;
    this.#put(0);
    this.#look();
    this.#options.redraw();
  }

  /** Goes to the first row that is loaded; `offset`: what stands above it. */
  toOldest(offset: number): void {
    const [first] = this.#options.layout.rowsOf({ first: 0, last: 0 });
    if (first === undefined) return;
    this.#follow(false);
    this.#anchor = { key: first.key, offset };
    this.#options.redraw();
  }

  #follow(following: boolean): void {
    if (this.#following === following) return;
    this.#following = following;
    this.#options.onFollowing(following);
  }

  /** Takes over the heights that rows have now, and puts what was in view back where it was. */
  #settle(): void {
    const box = this.#box;
    if (box === null) return;
    // What the reader scrolled since, and wasn't told of yet, is no displacement.
    const scrolled = box.scrollTop - this.#scrollTop;
    if (this.#anchor !== null)
      this.#anchor = { key: this.#anchor.key, offset: this.#anchor.offset - scrolled };
    this.#options.layout.measure(
      allRows(box).map((row) => [rowKey(row), row.getBoundingClientRect().height]),
    );
    if (this.#anchor !== null) this.#restore(box, this.#anchor);
    if (this.#isLost && this.#reachesHead) this.#put(0);
    this.#isLost = false;
    this.#look();
    if (!this.#following && this.#isAtEnd()) {
      this.#anchor = null;
      this.#follow(true);
    }
    this.#tellNear();
  }

  #restore(box: HTMLElement, anchor: Anchor): void {
    const row = rowOf(box, anchor.key);
    if (row === null) return;
    const off = offsetOf(box, row) - anchor.offset;
    if (Math.abs(off) <= TOLERANCE) return;
    this.#put(box.scrollTop + off);
    // At the upper end there may be no room to put it where it was.
    if (Math.abs(offsetOf(box, row) - anchor.offset) > 1) this.#anchor = topmostRow(box);
  }

  #put(scrollTop: number): void {
    if (this.#box === null || this.#box.scrollTop === scrollTop) return;
    this.#box.scrollTop = scrollTop;
    this.#putAt = this.#box.scrollTop;
  }

  #look(): void {
    if (this.#box === null) return;
    this.#scrollTop = this.#box.scrollTop;
    this.#fromEnd = -this.#scrollTop;
    this.#height = this.#box.clientHeight;
  }

  #isAtEnd(): boolean {
    return this.#reachesHead && this.#fromEnd < END_SLACK;
  }

  /** What of the layout is in view. */
  #view(): { readonly top: number; readonly bottom: number } {
    const { layout } = this.#options;
    const index = this.#anchor === null ? null : layout.indexOf(this.#anchor.key);
    const fromEnd = this.#following ? 0 : this.#fromEnd;
    const top =
      this.#anchor === null || index === null
        ? layout.height - fromEnd - this.#height
        : layout.topOf(index) - this.#anchor.offset;
    return { top, bottom: top + this.#height };
  }

  #margin(): number {
    return Math.max(MIN_OVERSCAN, this.#height * OVERSCAN);
  }

  /** Whether there are rows for what is in view and half of what is drawn around it. */
  #isCovered(): boolean {
    const { layout } = this.#options;
    const { top, bottom } = this.#view();
    const margin = this.#margin() / 2;
    const { first, last } = this.#drawn;
    const above = first <= 0 || layout.topOf(first) <= top - margin;
    return above && (last >= layout.count - 1 || layout.topOf(last + 1) >= bottom + margin);
  }

  #kept(): readonly RowRange[] {
    const { layout } = this.#options;
    const focused = this.#focused === null ? null : layout.indexOf(this.#focused);
    const kept = focused === null ? [] : [{ first: focused, last: focused }];
    const first = this.#selected === null ? null : layout.indexOf(this.#selected.first);
    const last = this.#selected === null ? null : layout.indexOf(this.#selected.last);
    if (first === null || last === null) return kept;
    return [...kept, { first: Math.max(first, last - MAX_SELECTED_ROWS + 1), last }];
  }

  #tellNear(): void {
    const { top, bottom } = this.#view();
    const near = this.#height * NEAR;
    if (top < near) this.#options.onNear('oldest');
    if (this.#options.layout.height - bottom < near) this.#options.onNear('newest');
  }
}

/** `ranges` in order, those that touch made one. */
function merged(ranges: readonly RowRange[]): readonly RowRange[] {
  const list: RowRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = list.at(-1);
    if (before === undefined || range.first > before.last + 1) list.push(range);
    else list[list.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return list;
}
