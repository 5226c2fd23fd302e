/** Entry of the job pool: stateless work that would block an event loop. One exported function a job. */
import pg from 'pg';
import { DryRun } from '../src/automod/dry-run.ts';
import { type ExportFile, ExportProgress, writeExport } from '../src/exports/export-file.ts';
import { type MessageSelection, messageRecords } from '../src/exports/message-records.ts';
import { userRecords } from '../src/exports/user-records.ts';
import type { DryRunResult } from '../src/protocol/automod-dry-run.ts';
import type { RuleCondition } from '../src/protocol/automod-rules.ts';
import { type MessageScan, scanMessages } from '../src/storage/message-scan.ts';

/** What a dry run needs. */
export interface DryRunTask extends MessageScan {
  readonly databaseUrl: string;
  readonly when: RuleCondition;
}

/** PostgreSQL gives a step of a scan up after so many ms. */
const SCAN_TIMEOUT_MS = 20_000;

/** What an export needs. */
export interface ExportTask extends ExportFile, MessageSelection {
  readonly databaseUrl: string;
  /** Whose data; where `kind` is `user`. */
  readonly userId?: string;
  /** ms since the epoch. */
  readonly at: number;
  /** Of {@link ExportProgress}. */
  readonly progress: SharedArrayBuffer;
}

/** Tries a rule over stored messages, on a connection of its own. Rejects where the database doesn't answer. */
export async function dryRun({ databaseUrl, when, ...scan }: DryRunTask): Promise<DryRunResult> {
  return connected(databaseUrl, 'hubbub dry run', async (client) => {
    const run = new DryRun(when);
    for await (const message of scanMessages(client, scan)) run.take(message);
    return run.result;
  });
}

/** Writes an export into its file, on a connection of its own, a stretch of rows at a time. */
export async function exportData({ databaseUrl, userId, at, progress, ...task }: ExportTask): Promise<void> {
  await connected(databaseUrl, 'hubbub export', async (client) => {
    const records =
      task.kind === 'user' ? userRecords(client, userId ?? '', at) : messageRecords(client, task, at);
    await writeExport(task, records, new ExportProgress(progress));
  });
}

async function connected<T>(
  connectionString: string,
  name: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString,
    application_name: name,
    statement_timeout: SCAN_TIMEOUT_MS,
    connectionTimeoutMillis: 5_000,
  });
  // A connection that breaks rejects what is under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
