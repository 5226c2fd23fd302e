import type { ComponentChildren } from 'preact';
import type { Pages } from '../state/use-load.ts';
import { Loaded } from './loaded.tsx';

/** A column: its head, and what it shows of an item. */
export interface Column<Item> {
  readonly head: string;
  readonly cell: (item: Item) => ComponentChildren;
}

interface TableProps<Item> {
  /** What the table is of, for screen readers. */
  readonly label: string;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly columns: readonly Column<Item>[];
  readonly testId: string;
}

/** Items, one a row; on a phone each is a block, its values with the heads beside them. */
export function DataTable<Item>({ label, items, keyOf, columns, testId }: TableProps<Item>) {
  return (
    <table class="table" aria-label={label} data-testid={testId}>
      <thead>
        <tr>
          {columns.map(({ head }) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)} data-testid="row">
            {columns.map(({ head, cell }) => (
              <td key={head} data-head={head}>
                {cell(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PagedTableProps<Item> extends Omit<TableProps<Item>, 'items'> {
  readonly pages: Pages<Item>;
  /** What is said where there are none. */
  readonly empty: string;
}

/** A list of the server as a table, the next page behind a button. */
export function PagedTable<Item>({ pages, empty, ...table }: PagedTableProps<Item>) {
  return (
    <Loaded load={pages} empty={(items) => (items.length === 0 ? empty : null)}>
      {(items) => (
        <>
          <DataTable items={items} {...table} />
          {pages.hasMore && (
            <button type="button" data-testid="more" onClick={pages.more}>
              More
            </button>
          )}
        </>
      )}
    </Loaded>
  );
}
