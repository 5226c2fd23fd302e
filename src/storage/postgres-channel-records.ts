/** {@link ChannelRecords} in PostgreSQL: see the migration 0017_channel_deletion.sql. */
import type { UserRef } from '../protocol/entities.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type {
  ChannelDeletion,
  ChannelRecords,
  ChannelRestoration,
  NewChannel,
} from '../shard/ports/channel-records.ts';
import { auditTexts } from './audit-chain.ts';
import { deletionOf, restorationOf } from './channel-acts.ts';
import type { Database } from './database.ts';
import { PostgresDirectory } from './postgres-directory.ts';

/** Rows of each kind that go in one transaction: so many hold others up for some ms. */
const ROWS_AT_ONCE = 1_000;

/** See the head of the file. */
export class PostgresChannelRecords implements ChannelRecords {
  readonly #database: Database;
  readonly #directory: PostgresDirectory;

  constructor(database: Database) {
    this.#database = database;
    this.#directory = new PostgresDirectory(database);
  }

  async create(channel: NewChannel, by: UserRef, at: number): Promise<Result<boolean>> {
    const made = await this.#directory.create(channel, by, at);
    return made.ok ? ok(made.value.created) : made;
  }

  async delete(deletion: ChannelDeletion): Promise<Result<boolean>> {
    const { id, purge, at, by } = deletion;
    const done = await this.#database.query<{ readonly outcome: 'done' | 'already' | 'missing' }>(
      'select delete_channel($1, $2, $3, $4, $5) as outcome',
      [id, purge, at, by.id, auditTexts(deletionOf(deletion))],
    );
    return done.ok ? ok(done.rows[0]?.outcome === 'done') : fail(done.failure);
  }

  async restore(restoration: ChannelRestoration): Promise<Result<boolean>> {
    const { id, at, by } = restoration;
    const done = await this.#database.query<{ readonly restored: boolean }>(
      'select restore_channel($1, $2, $3, $4) as restored',
      [id, at, by.id, auditTexts(restorationOf(restoration))],
    );
    return done.ok ? ok(done.rows[0]?.restored === true) : fail(done.failure);
  }

  /** Deletes some of the rows that purged channels left: how many; 0: for now there are none. */
  async purgeRows(): Promise<Result<number>> {
    const done = await this.#database.query<{ readonly rows: number }>('select purge_rows($1) as rows', [
      ROWS_AT_ONCE,
    ]);
    return done.ok ? ok(done.rows[0]?.rows ?? 0) : fail(done.failure);
  }
}
