/** Erasures of users as routes use them. */
import type { UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** Where an erasure stands; each step begins when the one before is done. */
export type ErasureStep = 'find' | 'delete' | 'rewrite' | 'tables' | 'done';

/** The erasure of a user, with the proof of what was removed. Nothing personal is in it but the ids. */
export interface Erasure {
  readonly id: string;
  readonly userId: string;
  /** Id of who asked for it. */
  readonly by: string;
  readonly step: ErasureStep;
  /** How many of each kind were removed so far. */
  readonly counts: Readonly<Record<string, number>>;
  /** SHA-256 over the ids of all that was removed, in the order of removal, hex. */
  readonly digest: string;
  /** ms since the epoch. */
  readonly requestedAt: number;
  readonly finishedAt?: number;
}

/** See the head of the file. */
export interface Erasures {
  /** Begins one, or tells of the one that is under way. It goes on until it is done, over restarts. */
  begin(userId: string, by: UserRef): Promise<Result<Erasure>>;
  /** Whether there ever was somebody with this id: whose account was deleted can still be erased. */
  knows(userId: string): Promise<Result<boolean>>;
  /** The newest one of the user; null: there was none. */
  find(userId: string): Promise<Result<Erasure | null>>;
  /** All, the newest first, those asked for before that with the id `before`. */
  list(query: {
    readonly before?: string;
    readonly limit: number;
  }): Promise<Result<{ readonly items: readonly Erasure[]; readonly hasMore: boolean }>>;
}
