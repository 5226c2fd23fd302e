/** {@link UserNotes} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { UserNote, UserNotes, UserNotesPage } from '../../admin/ports/user-notes.ts';
import type { UserRef } from '../../protocol/entities.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { noteDeleted, noteMade } from '../note-acts.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** Notes in a map. */
export class MemoryUserNotes implements UserNotes {
  readonly #notes = new Map<string, UserNote>();
  readonly #audit: MemoryAuditLog;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  async add(note: UserNote): Promise<Result<void>> {
    this.#notes.set(note.id, note);
    this.#audit.add(noteMade(note));
    return ok(undefined);
  }

  async list(userId: string, limit: number, before?: string): Promise<Result<UserNotesPage>> {
    const found = [...this.#notes.values()]
      .filter((note) => note.userId === userId && (before === undefined || note.id < before))
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async remove(userId: string, id: string, by: UserRef, at: number): Promise<Result<boolean>> {
    if (this.#notes.get(id)?.userId !== userId) return ok(false);
    this.#notes.delete(id);
    this.#audit.add(noteDeleted(userId, id, by, at));
    return ok(true);
  }
}
