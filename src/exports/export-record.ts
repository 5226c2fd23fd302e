/** What a line of an export says, and the columns of its tables. Fields are named as in REST. */

/** One line: what it is, and what is told of it. Fields that are undefined or null are left out. */
export interface ExportRecord {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What an export is of. */
export type ExportKind = 'messages' | 'user';
export type ExportFormat = 'ndjson' | 'csv';

/** The column that holds, as JSON, whatever has none of its own. */
export const DETAILS = 'details';

/** Columns by what is exported. */
export const COLUMNS: Readonly<Record<ExportKind, readonly string[]>> = {
  messages: [
    ...['channel_id', 'seq', 'id', 'timestamp', 'author_id', 'author_name', 'content'],
    ...['edited_at', 'reply_to', 'client_message_id', DETAILS],
  ],
  user: ['kind', 'timestamp', 'channel_id', 'id', 'content', DETAILS],
};

/** Version of the form, in the first line of NDJSON. */
export const EXPORT_VERSION = 1;
