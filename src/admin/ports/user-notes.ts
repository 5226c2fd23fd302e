/** Notes of staff about users. Times are ms since the epoch; outages are `unavailable`. */
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** A note. */
export interface UserNote {
  /** Later ones sort later: a UUIDv7. */
  readonly id: string;
  readonly userId: string;
  readonly by: UserRef;
  readonly text: string;
  readonly createdAt: number;
}

/** A part of the notes about one user. */
export interface UserNotesPage {
  readonly items: readonly UserNote[];
  readonly hasMore: boolean;
}

/** Keeps them. That one is made or deleted is kept in the audit log; what it says goes with the note. */
export interface UserNotes {
  add(note: UserNote): Promise<Result<void>>;
  /** Those about a user, the newest first, from before the note `before` on. */
  list(userId: string, limit: number, before?: string): Promise<Result<UserNotesPage>>;
  /** Deletes a note about a user for good; whether there was one. */
  remove(userId: string, id: string, by: UserRef, at: number): Promise<Result<boolean>>;
}
