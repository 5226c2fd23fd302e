/**
 * The rows of a message log as they stand in the document: elements with `data-key`, and with `data-seq` where the log
 * has the message. In each `data-anchor` marks its text. All lengths in CSS px.
 */
import type { RowKey } from '../state/message-rows.ts';

/** All rows of the log `box`, in order. */
export function allRows(box: HTMLElement): readonly HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>('[data-key]')];
}

/** The key of a row. */
export function rowKey(row: HTMLElement): RowKey {
  const key = row.dataset['key'] ?? '';
  return row.dataset['seq'] === undefined ? key : Number(key);
}

/** The row of that key, if it stands in the document. */
export function rowOf(box: HTMLElement, key: RowKey): HTMLElement | null {
  return box.querySelector(`[data-key="${CSS.escape(String(key))}"]`);
}

/** The key of the row of `box` that `element` is in. */
export function rowAround(box: HTMLElement, element: Element | null): RowKey | null {
  const row = element?.closest<HTMLElement>('[data-key]') ?? null;
  return row !== null && box.contains(row) ? rowKey(row) : null;
}

/** How far the row's text is below the upper edge of the log. */
export function offsetOf(box: HTMLElement, row: HTMLElement): number {
  return textOf(row).getBoundingClientRect().top - box.getBoundingClientRect().top;
}

/** How far the row's text is above the end of the log's `content`, wherever that is scrolled to. */
export function aboveEnd(content: HTMLElement, row: HTMLElement): number {
  return content.getBoundingClientRect().bottom - textOf(row).getBoundingClientRect().top;
}

/** The first row whose text is in view, even in part. */
export function topmostRow(box: HTMLElement): HTMLElement | null {
  const edge = box.getBoundingClientRect();
  const isInView = (row: HTMLElement): boolean => {
    const { top, bottom } = textOf(row).getBoundingClientRect();
    return bottom > edge.top && top < edge.bottom;
  };
  return allRows(box).find(isInView) ?? null;
}

/** The first and the last row that are selected, even in part. */
export function selectedRows(box: HTMLElement): { readonly first: RowKey; readonly last: RowKey } | null {
  const selection = document.getSelection();
  if (selection === null || selection.isCollapsed || !selection.containsNode(box, true)) return null;
  const rows = allRows(box).filter((row) => selection.containsNode(row, true));
  const [first] = rows;
  const last = rows.at(-1);
  return first === undefined || last === undefined ? null : { first: rowKey(first), last: rowKey(last) };
}

/** What stands above the text, a name or a day, may go when the row before it is loaded; the text stays. */
function textOf(row: HTMLElement): Element {
  return row.querySelector('[data-anchor]') ?? row;
}

/** Height of an element; 0 for none. */
export function heightOf(element: Element | null): number {
  return element?.getBoundingClientRect().height ?? 0;
}
