/** Open connections as HTTP asks for them: those of all servers of the database. */
import type { LiveSession } from '../../protocol/live-session.ts';

/** A connection, and the server that it is to. */
export interface SessionOfServer extends LiveSession {
  /** Names the server's process; another one after a start. */
  readonly server: string;
}

/** What was found, or done, and how many servers said nothing in time. */
export interface FoundSessions {
  /** The oldest first. */
  readonly sessions: readonly SessionOfServer[];
  readonly missing: number;
}

/** Asks all servers, and of this one all gateways; what one of those doesn't answer in time is left out. Never rejects. */
export interface LiveSessions {
  /** Those of a user. */
  of(userId: string): Promise<FoundSessions>;
  /** Ends these of a user, with 4004; how many there were. */
  end(
    userId: string,
    sessions: readonly Pick<SessionOfServer, 'server' | 'id'>[],
  ): Promise<{ readonly ended: number; readonly missing: number }>;
}
