/** Connections of this server as HTTP asks for them. */
import type { LiveSession } from '../../protocol/live-session.ts';

/** Asks all gateways; what one doesn't answer in time is left out. Never rejects. */
export interface LiveSessions {
  /** Those of a user, the oldest first. */
  of(userId: string): Promise<readonly LiveSession[]>;
  /** Ends those of a user with these ids, with 4004; how many there were. */
  end(userId: string, ids: readonly string[]): Promise<number>;
}
