/** Who and what the wire talks about. Times are ms since the epoch. */

/** Roles that hold everywhere. */
export type Role = 'guest' | 'user' | 'moderator' | 'admin';

/** Roles in one channel. */
export type ChannelRole = 'owner' | 'moderator' | 'member';

/** A person as events name them. */
export interface UserRef {
  readonly id: string;
  readonly name: string;
}

/** Somebody with a role in a channel. */
export interface ChannelMember {
  readonly user: UserRef;
  readonly role: ChannelRole;
}

/** A person as `welcome` tells them of themselves, and as threads pass them on. */
export interface User extends UserRef {
  readonly guest: boolean;
  readonly roles: readonly Role[];
  readonly avatar?: string;
  /**
   * Muted everywhere until then; null: without end. Absent: not muted. What is past doesn't hold any more: nobody tells when
   * it ends.
   */
  readonly mutedUntil?: number | null;
}

/** A user as threads pass them on: with what decides about them and is nobody else's business. */
export interface Principal extends User {
  /**
   * The channels that the token is for: ids, or their beginnings followed by `*`. It opens private ones among them and
   * closes all others. Absent: no such limit.
   */
  readonly channels?: readonly string[];
  /** Never shown as a member: a dashboard. */
  readonly hidden?: boolean;
}

/** A channel in a list. */
export interface ChannelSummary {
  readonly id: string;
  readonly name: string;
  readonly topic?: string;
  /** What it is for. */
  readonly description?: string;
  readonly private: boolean;
  /** Where it stands in lists, before those without; two may have one. */
  readonly position?: number;
  /** In lists: it can be read, and nobody writes there. */
  readonly archived?: true;
}

/** A place in a channel's log that a client has seen. */
export interface ResumePoint {
  readonly epoch: string;
  readonly seq: number;
}

/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;
