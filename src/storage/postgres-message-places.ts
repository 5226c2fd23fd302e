/** {@link MessagePlaces} in PostgreSQL. */
import type { MessagePlaces } from '../admin/ports/message-places.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { isStorable } from '../protocol/text.ts';
import type { Database } from './database.ts';

const CHANNELS_OF = `
  select e.id, substr(l.key, 9) as channel
  from events as e join logs as l on l.id = e.log_id
  where e.id = any ($1) and e.type = 'message:created' and starts_with(l.key, 'channel:')
    and e.seq >= l.floor`;

/** By the index of events' ids. */
export class PostgresMessagePlaces implements MessagePlaces {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async channelsOf(ids: readonly string[]): Promise<Result<ReadonlyMap<string, string>>> {
    const wanted = [...new Set(ids)].filter(isStorable);
    const found = await this.#database.query<{ id: string; channel: string }>(CHANNELS_OF, [wanted]);
    return found.ok ? ok(new Map(found.rows.map(({ id, channel }) => [id, channel]))) : fail(found.failure);
  }
}
