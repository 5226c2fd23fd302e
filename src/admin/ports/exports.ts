/** Exports as routes use them: asked for, watched, fetched and removed. */
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** What is asked for. Times are ms since the epoch. */
export interface ExportOrder {
  readonly kind: 'messages' | 'user';
  readonly format: 'ndjson' | 'csv';
  /** Of messages: only those of these channels. */
  readonly channelIds?: readonly string[];
  /** Of messages: from `from` on, and before `to`. */
  readonly from?: number;
  readonly to?: number;
  /** Of `user`: whose. */
  readonly userId?: string;
}

/** `interrupted`: the server ended meanwhile. */
export type ExportState = 'queued' | 'running' | 'done' | 'failed' | 'interrupted';

/** An export, as it stands. */
export interface StoredExport extends ExportOrder {
  readonly id: string;
  /** Who asked for it. */
  readonly by: UserRef;
  readonly state: ExportState;
  readonly createdAt: number;
  /** When it came to its end, whichever. */
  readonly finishedAt?: number;
  /** When it is removed. */
  readonly expiresAt: number;
  /** Written so far. */
  readonly rows: number;
  readonly bytes: number;
  /** Why it failed. */
  readonly problem?: string;
}

/** See the head of the file. */
export interface Exports {
  /**
   * Takes an order in; it is carried out when those before it are. `overloaded` while too many wait or are kept, `conflict`
   * where `by` has one of their own data under way; one of that kind which came to its end makes room for the new one.
   */
  start(order: ExportOrder, by: UserRef): Promise<Result<StoredExport>>;
  /** All that are kept, the newest first. */
  list(): readonly StoredExport[];
  find(id: string): StoredExport | null;
  /** Where the file of one that is done lies; null: there is none. */
  file(id: string): string | null;
  /** Ends it, if it is under way, and removes its file; whether there was one. */
  remove(id: string): Promise<boolean>;
}

/** Whether an export is of the data of who asked for it. */
export function isOwn({ kind, userId, by }: StoredExport): boolean {
  return kind === 'user' && userId === by.id;
}
