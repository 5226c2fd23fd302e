/** Writes the records of an export into a file, with what was written so far for others to see. */
import { open } from 'node:fs/promises';
import { csvLine, csvRecord } from './csv.ts';
import { ExportRefusal } from './export-refusal.ts';
import { COLUMNS, type ExportFormat, type ExportKind, type ExportRecord } from './export-record.ts';

/** Bytes that are gathered before they are written. */
const CHUNK_BYTES = 256 * 1024;

/** Rows and bytes, as other threads see them. */
export class ExportProgress {
  readonly shared: SharedArrayBuffer;
  readonly #counts: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#counts = new BigInt64Array(shared);
  }

  get rows(): number {
    return Number(Atomics.load(this.#counts, 0));
  }

  get bytes(): number {
    return Number(Atomics.load(this.#counts, 1));
  }

  tell(rows: number, bytes: number): void {
    Atomics.store(this.#counts, 0, BigInt(rows));
    Atomics.store(this.#counts, 1, BigInt(bytes));
  }
}

/** What is written, and where to. */
export interface ExportFile {
  readonly path: string;
  readonly kind: ExportKind;
  readonly format: ExportFormat;
  /** More isn't written. */
  readonly maxBytes: number;
}

/** Resolves when all of it is on disk. Rejects with an {@link ExportRefusal}, or with what reading or writing met. */
export async function writeExport(
  { path, kind, format, maxBytes }: ExportFile,
  records: AsyncIterable<ExportRecord>,
  progress: ExportProgress,
): Promise<void> {
  const line = lineOf(kind, format);
  const file = await open(path, 'wx', 0o600);
  try {
    let rows = 0;
    let bytes = 0;
    let waiting = format === 'csv' ? csvLine(COLUMNS[kind]) : '';
    const flush = async (): Promise<void> => {
      const chunk = Buffer.from(waiting);
      if (bytes + chunk.length > maxBytes)
        throw new ExportRefusal('There is no room for so much: ask for less, or remove other exports.');
      waiting = '';
      await file.writeFile(chunk);
      bytes += chunk.length;
      progress.tell(rows, bytes);
    };
    for await (const record of records) {
      const text = line(record);
      if (text === null) continue;
      rows += 1;
      waiting += text;
      if (waiting.length >= CHUNK_BYTES) await flush();
      else if (rows % 256 === 0) progress.tell(rows, bytes);
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The text of a record with its line end; null: it has none in this format. */
function lineOf(kind: ExportKind, format: ExportFormat): (record: ExportRecord) => string | null {
  if (format === 'ndjson') {
    return (record) => `${JSON.stringify(record, (_, value: unknown) => value ?? undefined)}\n`;
  }
  const columns = COLUMNS[kind];
  return (record) => {
    if (record.kind === 'export' || (kind === 'messages' && record.kind !== 'message')) return null;
    return csvRecord(record, columns);
  };
}
