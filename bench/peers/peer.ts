/** A server that the bench drives. */
import type { DialectName } from '../load/dialect.ts';

/** A peer that runs. */
export interface RunningPeer {
  readonly pid: number;
  readonly port: number;
  /** Where its PostgreSQL keeps its data; null when it has none. */
  readonly dataFolder: string | null;
  stop(): Promise<void>;
}

/** A kind of server. */
export interface Peer {
  /** As tables name it. */
  readonly name: string;
  readonly dialect: DialectName;
  /** Starts a fresh one that stays on `core`; `env`: settings, for the peer that knows any. */
  start(core: number, env?: Readonly<Record<string, string>>): Promise<RunningPeer>;
}
