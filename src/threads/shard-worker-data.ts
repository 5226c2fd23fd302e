/** What main gives a shard's thread to start with. */
import type { AutomodRules } from '../protocol/automod-rules.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';
import type { WorkerTracing } from './worker-tracing.ts';

/** Plain data; `life` and `writeSigns` are shared, and the port of `tracing` is moved. */
export interface ShardWorkerData {
  readonly index: number;
  readonly shards: number;
  /** 0 for the first thread of this shard in this process. */
  readonly incarnation: number;
  readonly life: SharedArrayBuffer;
  readonly writeSigns: SharedArrayBuffer;
  readonly databaseUrl: string;
  /** Names this process in the database. */
  readonly serverId: string;
  /** Names the database: its servers find one another by it. */
  readonly databaseId: string;
  /** Absent: there is no Valkey. */
  readonly valkeyUrl: string | undefined;
  readonly policy: ChatPolicy;
  /** By which messages are judged from the first one on. */
  readonly automod: AutomodRules;
  /** Absent: nothing is recorded. */
  readonly tracing?: WorkerTracing;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}
