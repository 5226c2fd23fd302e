/** Lines of CSV (RFC 4180), safe to open in a spreadsheet. */
import { DETAILS, type ExportRecord } from './export-record.ts';

const NEEDS_QUOTES = /[",\r\n]/;
/** A spreadsheet takes a cell for a formula that begins so; tab and carriage return are skipped by some. */
const FORMULA = /^[\t\r]*[=+\-@]/;

/** A row of texts, with its line end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * The row of a record: a cell a column, empty where there is nothing, and what has no column in `details` as JSON.
 * Numbers stay as they are, whatever their sign.
 */
export function csvRecord(record: ExportRecord, columns: readonly string[]): string {
  const cells = columns.map((column) => {
    const value = column === DETAILS ? detailsOf(record, columns) : record[column];
    if (value === undefined || value === null) return '';
    if (typeof value === 'number') return String(value);
    return csvCell(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return `${cells.join(',')}\r\n`;
}

/** A cell as it stands in a line: quoted where it must be, with a ' in front of what looks like a formula. */
export function csvCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function detailsOf(record: ExportRecord, columns: readonly string[]): string | undefined {
  const rest = Object.entries(record).filter(
    ([name, value]) => name !== 'kind' && value != null && !columns.includes(name),
  );
  return rest.length === 0 ? undefined : JSON.stringify(Object.fromEntries(rest));
}
