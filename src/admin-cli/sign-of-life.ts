/** A command that writes in logs tells that it lives, as servers do (ADR 35): those that run look for what it wrote. */
import { IMPORT_RUN } from '../shard/ports/log-heads.ts';
import type { Database } from '../storage/database.ts';
import { PostgresSessions } from '../storage/postgres-sessions.ts';

const BEAT_MS = 5_000;

/** Tells so from now on, until `end`; a server believes it for half a minute longer, in which it finds the rest. */
export function tellOfLife(database: Database): { end(): Promise<void> } {
  const sessions = new PostgresSessions(database);
  const writer = { name: IMPORT_RUN, run: IMPORT_RUN, place: null };
  // Where the database is away the command itself ends with that.
  const beat = async (): Promise<void> => {
    await sessions.record(writer, Date.now(), []);
  };
  void beat();
  const timer = setInterval(() => void beat(), BEAT_MS);
  return {
    end: async () => {
      clearInterval(timer);
      await beat();
    },
  };
}
