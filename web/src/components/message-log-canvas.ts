/**
 * The surface that a log's rows stand on: as high as all of them are, with those that are in the document at their
 * place above its end. All lengths in CSS px.
 *
 * While the log is scrolled the surface has to keep its height: browsers end the motion of a wheel or a key when that
 * changes, be it only for a moment. So rows that turn out higher or lower than guessed change it when the log rests.
 */
import { heightOf } from './message-log-rows.ts';
import type { MessageLogLayout, RowRange } from './message-log-layout.ts';

/** See the head of the file. */
export class LogCanvas {
  readonly #layout: MessageLogLayout;
  readonly #content: HTMLElement;
  /** How far the rows are above the surface's end, and how much of that no row stands for. */
  #below = 0;
  #moreBelow = 0;

  /** Works on `content`, which holds `data-log` elements: `top`, `rows` and `bottom`. */
  constructor(layout: MessageLogLayout, content: HTMLElement) {
    this.#layout = layout;
    this.#content = content;
  }

  /** Puts the rows of `ranges` where they belong, while the log moves without a change to its height. */
  place(ranges: readonly RowRange[], isMoving: boolean): void {
    const bottom = heightOf(this.#part('bottom'));
    const below = bottom + this.#layout.height - this.#layout.topOf((ranges.at(-1)?.last ?? -1) + 1);
    this.#setBelow(Math.max(bottom, below + (isMoving ? this.#moreBelow : 0)));
    this.#moreBelow = this.#below - below;
    if (isMoving) return;
    const height = `${heightOf(this.#part('top')) + this.#layout.height + bottom}px`;
    if (this.#content.style.height !== height) this.#content.style.height = height;
  }

  /** Puts the rows `by` higher, or lower as far as there is room. */
  raise(by: number): void {
    const before = this.#below;
    this.#setBelow(Math.max(heightOf(this.#part('bottom')), before + by));
    this.#moreBelow += this.#below - before;
  }

  #setBelow(below: number): void {
    const rows = this.#part('rows');
    if (rows !== null && this.#below !== below) rows.style.bottom = `${below}px`;
    this.#below = below;
  }

  #part(name: 'top' | 'rows' | 'bottom'): HTMLElement | null {
    return this.#content.querySelector(`[data-log=${name}]`);
  }
}
