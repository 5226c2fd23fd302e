/** A connection that somebody has now, as moderators see it. */
import type { Role, UserRef } from './entities.ts';

/** Times are ms since the epoch. */
export interface LiveSession {
  /** What its `welcome` called `connectionId`; another one has it when its gateway's process was started anew. */
  readonly id: string;
  readonly user: UserRef;
  readonly roles: readonly Role[];
  readonly guest: boolean;
  /** It came by a dashboard: nobody sees it as a member. */
  readonly dashboard: boolean;
  /** The program that its token was given to (`azp`). */
  readonly clientId?: string;
  /** Of the client, as limits count it. */
  readonly address: string;
  readonly startedAt: number;
}
