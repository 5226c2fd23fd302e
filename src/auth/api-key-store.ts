/** Keys of other programs as they are kept. An outage is `unavailable`, never an exception. */
import type { AuditAct } from '../protocol/audit-act.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';

/** What a key may be for. */
export const API_KEY_SCOPES = [
  'publish',
  'broadcast',
  'whisper',
  'members',
  'users',
  'sessions',
  'tokens',
  'read',
] as const;
/** One of {@link API_KEY_SCOPES}. */
export type ApiKeyScope = (typeof API_KEY_SCOPES)[number];

/** A key without what proves it. Times are ms since the epoch. */
export interface ApiKey {
  readonly id: string;
  /** What it is called by those who look after it. */
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  /** How often it may be used in the long run; ten times as often at once. */
  readonly requestsPerSecond: number;
  readonly createdAt: number;
  readonly createdBy: UserRef;
  /** Up to a minute behind; null: never used. */
  readonly lastUsedAt: number | null;
}

/** A key with SHA-256 of its secret, hex. */
export interface HashedApiKey extends ApiKey {
  readonly hash: string;
}

/** What changes of one. */
export type ApiKeyChange = Partial<Pick<ApiKey, 'name' | 'scopes' | 'requestsPerSecond'>>;

/** A method that takes an `act` keeps it in the audit log in the same transaction; where nothing changes, nothing is kept. */
export interface ApiKeyStore {
  /** Keeps a new key, unless there are `most`: whether it did. */
  create(key: HashedApiKey, most: number, act: AuditAct): Promise<Result<boolean>>;
  /** All of them, the oldest first. */
  list(): Promise<Result<readonly ApiKey[]>>;
  /** Null when there is none. */
  find(id: string): Promise<Result<HashedApiKey | null>>;
  /** It was used at `at`: kept unless a use of the last `everyMs` is. */
  used(id: string, at: number, everyMs: number): Promise<Result<void>>;
  /** The key as it is then; null when there is none. `act` is kept with how it was before. */
  change(id: string, change: ApiKeyChange, act: AuditAct): Promise<Result<ApiKey | null>>;
  /** Takes a key away: whether it was there. */
  remove(id: string, act: AuditAct): Promise<Result<boolean>>;
}
