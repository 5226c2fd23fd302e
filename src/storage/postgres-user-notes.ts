/** {@link UserNotes} in PostgreSQL. */
import type { UserNote, UserNotes, UserNotesPage } from '../admin/ports/user-notes.ts';
import type { UserRef } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';
import { noteDeleted, noteMade } from './note-acts.ts';

interface NoteRow {
  readonly id: string;
  readonly user_id: string;
  readonly by_id: string;
  readonly by_name: string;
  readonly text: string;
  readonly created_at: string;
}

const COLUMNS = 'id, user_id, by_id, by_name, text, created_at';
const LIST = `
  select ${COLUMNS} from user_notes where user_id = $1 and ($2::text is null or id < $2) order by id desc limit $3`;

/** See the head of the file. */
export class PostgresUserNotes implements UserNotes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(note: UserNote): Promise<Result<void>> {
    const { id, userId, by, text, createdAt } = note;
    const values = [id, userId, by.id, by.name, text, createdAt];
    const kept = auditCall(noteMade(note), values.length + 1);
    const added = await this.#database.query(
      `with added as (insert into user_notes (${COLUMNS}) values ($1, $2, $3, $4, $5, $6) returning id)
       select ${kept.sql} from added`,
      [...values, ...kept.values],
    );
    return added.ok ? ok(undefined) : fail(added.failure);
  }

  async list(userId: string, limit: number, before?: string): Promise<Result<UserNotesPage>> {
    // No id holds U+0000, and PostgreSQL takes none.
    if (userId.includes('\0') || before?.includes('\0') === true) return ok({ items: [], hasMore: false });
    const found = await this.#database.query<NoteRow>(LIST, [userId, before ?? null, limit + 1]);
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(noteOf), hasMore: found.rows.length > limit });
  }

  async remove(userId: string, id: string, by: UserRef, at: number): Promise<Result<boolean>> {
    if (userId.includes('\0') || id.includes('\0')) return ok(false);
    const kept = auditCall(noteDeleted(userId, id, by, at), 3);
    const removed = await this.#database.query(
      `with removed as (delete from user_notes where user_id = $1 and id = $2 returning id)
       select ${kept.sql} from removed`,
      [userId, id, ...kept.values],
    );
    return removed.ok ? ok(removed.rows.length === 1) : fail(removed.failure);
  }
}

function noteOf({ id, user_id: userId, by_id: by, by_name: name, text, created_at: at }: NoteRow): UserNote {
  return { id, userId, by: { id: by, name }, text, createdAt: Number(at) };
}
