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
 * how far it is above the log's end is noted when the reader scrolls. By what that and the height of the view change the
 * log is scrolled after every drawing, before the browser shows it.
 *
 * In the document are the rows in view, those around them, and rows that hold the focus or a selection, which would be
 * lost with them. All lengths in CSS px.
 */
import type { RowKey } from '../state/message-rows.ts';
import { LogCanvas } from './message-log-canvas.ts';
import { KeptRows } from './message-log-kept.ts';
import { mergedRanges, type MessageLogLayout, type RowRange } from './message-log-layout.ts';
import { allRows, aboveEnd, heightOf, offsetOf, rowKey, rowOf, topmostRow } from './message-log-rows.ts';

/** What the scroller needs. */
export interface LogScrollerOptions {
  readonly layout: MessageLogLayout;
  /** Draws anew, before the browser shows anything. */
  readonly redraw: () => void;
  readonly onFollowing: (following: boolean) => void;
  /** The reader comes near an end of what is loaded. */
  readonly onNear: (end: 'oldest' | 'newest') => void;
}

/** A message in view, how far its text is above the end of the log, and how high the view was then. */
interface Anchor {
  readonly key: RowKey;
  readonly aboveEnd: number;
  readonly height: number;
}

/** So close to the end counts as there. */
const END_SLACK = 40;
/** Rows are drawn for so much above and below what is in view, in heights of the log. */
const OVERSCAN = 1;
/** No less than this, for logs that are low. */
const MIN_OVERSCAN = 300;
/** More is asked for when so many heights of the log are left. */
const NEAR = 2;
/** Drawings in a row after which rows that keep changing their heights are left alone. */
const MAX_DRAWINGS = 8;
/** The log rests when it wasn't scrolled for so long, ms. */
const REST_MS = 150;
/** Browsers round scroll positions to parts of a pixel. */
const TOLERANCE = 1;

/** See the head of the file. */
export class LogScroller {
  readonly #options: LogScrollerOptions;
  readonly #kept = new KeptRows();
  #box: HTMLElement | null = null;
  #content: HTMLElement | null = null;
  #canvas: LogCanvas | null = null;
  /** Runs while the reader scrolls, and a moment longer. */
  #motion: ReturnType<typeof setTimeout> | null = null;
  #following = true;
  #anchor: Anchor | null = null;
  /** A row to go to, and where its text is to stand below the upper edge of the view. */
  #goal: { readonly key: RowKey; readonly offset: number } | null = null;
  /** Whether the newest message there is has been loaded. */
  #reachesHead = true;
  /** Height of the log's view, and how far the view's end is above the log's. */
  #height = 0;
  #fromEnd = 0;
  /** The rows drawn for what is in view. */
  #drawn: RowRange = { first: 0, last: -1 };
  #ranges: readonly RowRange[] = [];
  #drawings = 0;
  /** Where the view was put from here, until that is told as scrolled. */
  #putAt: number | null = null;
  #isLost = false;

  constructor(options: LogScrollerOptions) {
    this.#options = options;
  }

  /**
   * Whether the log should stay as it is for now: the reader is scrolling through it, and not about to reach an end of
   * what is drawn of it.
   */
  get isMoving(): boolean {
    if (this.#motion === null || this.#following || this.#goal !== null) return false;
    const { top, bottom } = this.#view();
    return top > this.#height && this.#options.layout.height - bottom > END_SLACK;
  }

  /** Begins to work on `box`, whose rows bear `data-key`; the returned function ends it. */
  attach(box: HTMLElement, content: HTMLElement): () => void {
    this.#box = box;
    this.#content = content;
    this.#canvas = new LogCanvas(this.#options.layout, content);
    this.#height = box.clientHeight;
    // The box is resized with the window and the composer, what is in it when a row changes by itself.
    const observer = new ResizeObserver(() => {
      this.#settle();
      if (!this.#isCovered()) this.#options.redraw();
    });
    observer.observe(box);
    for (const part of content.children) observer.observe(part);
    const detachKept = this.#kept.attach(box);
    // What these begin is told as scrolling a moment later.
    const onInput = (): void => this.#move();
    box.addEventListener('wheel', onInput, { passive: true });
    box.addEventListener('keydown', onInput);
    return () => {
      observer.disconnect();
      detachKept();
      box.removeEventListener('wheel', onInput);
      box.removeEventListener('keydown', onInput);
      if (this.#motion !== null) clearTimeout(this.#motion);
      this.#motion = null;
      this.#box = null;
      this.#content = null;
      this.#canvas = null;
    };
  }

  /** The rows to draw now: ranges in order, with gaps between them. */
  ranges(reachesHead: boolean): readonly RowRange[] {
    this.#reachesHead = reachesHead;
    const { layout } = this.#options;
    if (layout.count === 0) return (this.#ranges = []);
    // The place that was read is gone: the log began anew.
    if (this.#anchor !== null && layout.indexOf(this.#anchor.key) === null) {
      this.#anchor = null;
      this.#isLost = true;
    }
    const { top, bottom } = this.#view();
    const margin = this.#margin();
    this.#drawn = { first: layout.indexAt(top - margin), last: layout.indexAt(bottom + margin) };
    this.#ranges = mergedRanges([this.#drawn, ...this.#kept.rangesIn(layout)]);
    return this.#ranges;
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
      this.#move();
      this.#follow(this.#isAtEnd());
      this.#drop();
    }
    if (!this.#isCovered()) this.#options.redraw();
    this.#tellNear();
  }

  /** Goes to the end and stays there. */
  toLatest(): void {
    this.#follow(true);
    this.#put(0);
    this.#look();
    this.#drop();
    this.#options.redraw();
  }

  /** Goes to the first row that is loaded; `offset`: what stands above it. */
  toOldest(offset: number): void {
    const [first] = this.#options.layout.rowsOf({ first: 0, last: 0 });
    if (first === undefined) return;
    this.#follow(false);
    this.#goal = { key: first.key, offset };
    this.#options.redraw();
  }

  /** Goes to a row; `offset`: how far below the upper edge of the view its text is to stand. */
  toRow(key: RowKey, offset: number): void {
    this.#follow(false);
    this.#goal = { key, offset };
    this.#options.redraw();
  }

  #follow(following: boolean): void {
    if (this.#following === following) return;
    this.#following = following;
    this.#options.onFollowing(following);
  }

  #move(): void {
    if (this.#motion !== null) clearTimeout(this.#motion);
    this.#motion = setTimeout(() => {
      this.#motion = null;
      this.#options.redraw();
    }, REST_MS);
  }

  /** Takes over the heights that rows have now, and puts what was in view back where it was. */
  #settle(): void {
    const box = this.#box;
    const content = this.#content;
    if (box === null || content === null) return;
    this.#options.layout.measure(allRows(box).map((row) => [rowKey(row), heightOf(row)]));
    const { isMoving } = this;
    this.#canvas?.place(this.#ranges, isMoving);
    if (this.#goal !== null) this.#reach(box, this.#goal);
    else if (this.#anchor !== null) this.#restore(box, content, this.#anchor, isMoving);
    if (this.#isLost && this.#reachesHead) this.#put(0);
    this.#isLost = false;
    this.#look();
    if (!this.#following && this.#isAtEnd()) this.#follow(true);
    // Who scrolled to where nothing was drawn yet finds the anchor only now.
    if (this.#following || this.#anchor === null) this.#drop();
    this.#tellNear();
  }

  #restore(box: HTMLElement, content: HTMLElement, anchor: Anchor, isMoving: boolean): void {
    const row = rowOf(box, anchor.key);
    if (row === null) return;
    const height = box.clientHeight;
    if (isMoving) this.#canvas?.raise(anchor.aboveEnd - aboveEnd(content, row));
    const now = { key: anchor.key, aboveEnd: aboveEnd(content, row), height };
    const by = height - anchor.height - (now.aboveEnd - anchor.aboveEnd);
    this.#anchor = now;
    if (by !== 0) this.#put(box.scrollTop + by);
  }

  #reach(box: HTMLElement, goal: { readonly key: RowKey; readonly offset: number }): void {
    const row = rowOf(box, goal.key);
    if (row !== null) this.#put(box.scrollTop + offsetOf(box, row) - goal.offset);
    this.#goal = null;
    this.#anchor = null;
  }

  /** Makes the first message in view the anchor; who follows needs none. */
  #drop(): void {
    const row = this.#following || this.#box === null ? null : topmostRow(this.#box);
    this.#anchor =
      row === null || this.#content === null
        ? null
        : { key: rowKey(row), aboveEnd: aboveEnd(this.#content, row), height: this.#height };
  }

  #put(scrollTop: number): void {
    if (this.#box === null || this.#box.scrollTop === scrollTop) return;
    this.#box.scrollTop = scrollTop;
    this.#putAt = this.#box.scrollTop;
  }

  #look(): void {
    if (this.#box === null) return;
    this.#fromEnd = -this.#box.scrollTop;
    this.#height = this.#box.clientHeight;
  }

  #isAtEnd(): boolean {
    return this.#reachesHead && this.#fromEnd < END_SLACK;
  }

  /** What of the layout is in view, or is to be. */
  #view(): { readonly top: number; readonly bottom: number } {
    const { layout } = this.#options;
    const { row, offset } =
      this.#goal === null ? this.#anchored() : { row: this.#goal.key, offset: this.#goal.offset };
    const index = row === null ? null : layout.indexOf(row);
    const fromEnd = this.#following ? 0 : this.#fromEnd;
    const top = index === null ? layout.height - fromEnd - this.#height : layout.topOf(index) - offset;
    return { top, bottom: top + this.#height };
  }

  #anchored(): { readonly row: RowKey | null; readonly offset: number } {
    if (this.#anchor === null) return { row: null, offset: 0 };
    return { row: this.#anchor.key, offset: this.#height - this.#anchor.aboveEnd + this.#fromEnd };
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

  #tellNear(): void {
    const { top, bottom } = this.#view();
    const near = this.#height * NEAR;
    if (top < near) this.#options.onNear('oldest');
    if (this.#options.layout.height - bottom < near) this.#options.onNear('newest');
  }
}
