/** Entry of the job pool: stateless work that would block an event loop. One exported function a job. */
import pg from 'pg';
import { DryRun } from '../src/automod/dry-run.ts';
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

/** Tries a rule over stored messages, on a connection of its own. Rejects where the database doesn't answer. */
export async function dryRun({ databaseUrl, when, ...scan }: DryRunTask): Promise<DryRunResult> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'hubbub dry run',
    statement_timeout: SCAN_TIMEOUT_MS,
    connectionTimeoutMillis: 5_000,
  });
  // A connection that breaks rejects what is under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const run = new DryRun(when);
    for await (const message of scanMessages(client, scan)) run.take(message);
    return run.result;
  } finally {
    await client.end().catch(() => undefined);
  }
}
