/** What the store keeps of the server's name. */
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { Result } from '../../protocol/result.ts';

/** The name that an administrator gave, the same for every server on the database. */
export interface ServerNameStore {
  /** Null: nobody gave one, so that of the settings holds. */
  load(): Promise<Result<string | null>>;
  /** Gives a name, or with null takes it back, and keeps `act` with what it was before, unless it was so already. */
  change(name: string | null, act: AuditAct): Promise<Result<void>>;
}
