/** Where limits live: the database holds the values that are in force. */
import type { AuditAct } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';
import type { RateLimit } from './rate-limiter.ts';

/** Whose messages a limit is of: everybody's, those of a role, or those in a channel. */
export type LimitScope =
  | { readonly kind: 'everybody' }
  | { readonly kind: 'role'; readonly role: Role }
  | { readonly kind: 'channel'; readonly channelId: string };

/** Limits that hold in the place of everybody's. */
export interface SpecialRateLimits {
  /** Another one whenever any of them changed. */
  readonly version: number;
  /** By the name of the role. */
  readonly roles: readonly (RateLimit & { readonly role: Role })[];
  /** By the channel's id. */
  readonly channels: readonly (RateLimit & { readonly channelId: string })[];
}

/** What limits messages. */
export interface MessageLimits {
  readonly everybody: RateLimit;
  /** Null: as in the version that was known. */
  readonly special: SpecialRateLimits | null;
}

/** What becomes of a limit: what is absent stays, in a new one as it is for everybody. */
export type RateLimitChange = Partial<RateLimit>;

/** Values in force. */
export interface RateLimitSettings {
  /** `initial` is stored and returned for everybody when the database has none yet; `known`: a version, −1 for none. */
  load(initial: RateLimit, known: number): Promise<Result<MessageLimits>>;
  /**
   * Changes a limit or makes it, and keeps `act` with what held before, unless it was so already. False: that would be a
   * channel more than may have one (MAX_CHANNEL_LIMITS). There must be one for everybody.
   */
  change(scope: LimitScope, change: RateLimitChange, act: AuditAct): Promise<Result<boolean>>;
  /** Takes the limit of a role or a channel away, and keeps `act`; false when there is none. */
  remove(scope: LimitScope, act: AuditAct): Promise<Result<boolean>>;
}

/** Open sockets by client address; all addresses of an IPv6 /64 count as one. */
export interface AddressLimits {
  /** Counts one more socket of `address` (canonical text); false, and it isn't counted, when that is too many. */
  open(address: string): boolean;
  /** A socket that `open` let in is gone. */
  close(address: string): void;
}
