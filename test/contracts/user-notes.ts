/** What every {@link UserNotes} keeps to. Run by memory-user-notes and postgres-user-notes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { UserNotes } from '../../src/admin/ports/user-notes.ts';
import { valueOf } from './stores.ts';

/** Notes, and the audit log of their database. */
export interface NotesFixture {
  readonly notes: UserNotes;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;

/** Runs the suite over what `open` gives. */
export function userNotesContract(name: string, open: () => Promise<NotesFixture>): void {
  describe(name, () => {
    let fixture: NotesFixture;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());
    const by = { id: 'mod', name: 'Mod' };

    it('[NOTE-1] notes are listed by user, the newest first, page after page', async () => {
      const { notes } = fixture;
      const userId = randomUUID();
      const made = ['a', 'b', 'c'].map((id, index) => ({
        ...{ id: `${userId}${id}`, userId, by, text: `Text ☂ ${id}`, createdAt: NOW + index },
      }));
      for (const note of made) valueOf(await notes.add(note));
      valueOf(await notes.add({ ...made[0]!, id: randomUUID(), userId: randomUUID() }));
      const [a, b, c] = made;
      expect(valueOf(await notes.list(userId, 9))).toStrictEqual({ items: [c, b, a], hasMore: false });
      expect(valueOf(await notes.list(userId, 2))).toStrictEqual({ items: [c, b], hasMore: true });
      expect(valueOf(await notes.list(userId, 2, b!.id))).toStrictEqual({ items: [a], hasMore: false });
      for (const [id, before] of [['nobody'], ['a\0'], [userId, '\0']] as const) {
        expect(valueOf(await notes.list(id, 9, before)).items).toEqual([]);
      }
    });

    it('[NOTE-2] a note is deleted once, by its user; both are acts without its text', async () => {
      const { notes, audit } = fixture;
      const note = { id: randomUUID(), userId: randomUUID(), by, text: 'a secret', createdAt: NOW };
      valueOf(await notes.add(note));
      const other = { id: 'admin', name: 'Admin' };
      expect(valueOf(await notes.remove('somebody', note.id, other, NOW))).toBe(false);
      expect(valueOf(await notes.remove('a\0', note.id, other, NOW))).toBe(false);
      expect(valueOf(await notes.remove(note.userId, note.id, other, NOW + 1))).toBe(true);
      expect(valueOf(await notes.remove(note.userId, note.id, other, NOW + 2))).toBe(false);
      expect(valueOf(await notes.list(note.userId, 9)).items).toEqual([]);
      const { items } = valueOf(await audit.list({ target: note.userId, limit: 9 }));
      expect(items).toMatchObject([
        { action: 'note:deleted', actor: other, at: NOW + 1, before: { note: note.id } },
        { action: 'note:created', actor: by, at: NOW, after: { note: note.id } },
      ]);
      expect(JSON.stringify(items)).not.toContain('secret');
    });
  });
}
