/** The other program that decides who may connect, join and write, as routes see it. */
import type { Principal } from '../../protocol/entities.ts';

/** How it is asked; all of it is settings. */
export interface DecisionHookState {
  /** Without a query, which may hold secrets. */
  readonly url: string;
  readonly decisions: readonly string[];
  readonly timeoutMs: number;
  /** What holds while it doesn't answer. */
  readonly whenAway: 'allow' | 'deny';
}

/** What came of asking it once. */
export interface DecisionTrial {
  readonly tookMs: number;
  /** Absent: there was no answer that can be understood. */
  readonly answer?: { readonly allow: boolean; readonly reason?: string; readonly cacheSeconds?: number };
  /** Why there was none. */
  readonly problem?: string;
}

/** See the head of the file. */
export interface DecisionHook {
  readonly state: DecisionHookState;
  /** Asks whether the user may connect; nothing follows from it. */
  try(user: Pick<Principal, 'id' | 'name' | 'guest' | 'roles'>): Promise<DecisionTrial>;
}
