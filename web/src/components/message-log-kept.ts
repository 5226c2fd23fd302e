import type { RowKey } from '../state/message-rows.ts';
import type { MessageLogLayout, RowRange } from './message-log-layout.ts';
import { rowAround, selectedRows } from './message-log-rows.ts';

/** Most rows that a selection keeps in the document. */
const MAX_SELECTED_ROWS = 400;

/** Rows that stay in the document wherever one scrolls: a selection, or the focus, would be lost with them. */
export class KeptRows {
  #selected: { readonly first: RowKey; readonly last: RowKey } | null = null;
  #focused: RowKey | null = null;

  /** Begins to watch the log `box`; the returned function ends it. */
  attach(box: HTMLElement): () => void {
    const onSelection = (): void => {
      this.#selected = selectedRows(box);
    };
    const onFocus = (): void => {
      this.#focused = rowAround(box, document.activeElement);
    };
    document.addEventListener('selectionchange', onSelection);
    document.addEventListener('focusin', onFocus);
    return () => {
      document.removeEventListener('selectionchange', onSelection);
      document.removeEventListener('focusin', onFocus);
    };
  }

  /** Where these rows are; of a long selection its end. */
  rangesIn(layout: MessageLogLayout): readonly RowRange[] {
    const focused = this.#focused === null ? null : layout.indexOf(this.#focused);
    const kept = focused === null ? [] : [{ first: focused, last: focused }];
    const first = this.#selected === null ? null : layout.indexOf(this.#selected.first);
    const last = this.#selected === null ? null : layout.indexOf(this.#selected.last);
    if (first === null || last === null) return kept;
    return [...kept, { first: Math.max(first, last - MAX_SELECTED_ROWS + 1), last }];
  }
}
