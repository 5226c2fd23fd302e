/** Builds what bans and mutes everywhere. */
import { Sanctions } from '../auth/sanctions.ts';
import type { Database } from '../storage/database.ts';
import { findTarget } from '../storage/find-person.ts';
import { PostgresSanctions } from '../storage/postgres-sanctions.ts';
import { uuidv7 } from '../threads/uuidv7.ts';

/** `applied` resolves when what was stored holds where who asked is answered. */
export function buildSanctions(database: Database, applied: () => Promise<void>): Sanctions {
  return new Sanctions({
    store: new PostgresSanctions(database),
    findTarget: (person) => findTarget(database, person),
    applied,
    now: () => Date.now(),
    newId: uuidv7,
  });
}
