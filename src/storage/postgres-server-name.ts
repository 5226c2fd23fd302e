/** {@link ServerNameStore} in PostgreSQL: a column of the one row of `server_instance`. */
import type { ServerNameStore } from '../admin/ports/server-name.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

/** See the head of the file. */
export class PostgresServerName implements ServerNameStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<Result<string | null>> {
    const found = await this.#database.query<{ name: string | null }>('select name from server_instance', []);
    return found.ok ? ok(found.rows[0]?.name ?? null) : fail(found.failure);
  }

  async change(name: string | null, act: AuditAct): Promise<Result<void>> {
    const kept = auditCall(act, 2, `json_build_object('name', before)`);
    const changed = await this.#database.query(
      `with known as (select name as before from server_instance for update),
       changed as (
         update server_instance set name = $1 from known where before is distinct from $1 returning before
       )
       select ${kept.sql} from changed`,
      [name, ...kept.values],
    );
    return changed.ok ? ok(undefined) : fail(changed.failure);
  }
}
