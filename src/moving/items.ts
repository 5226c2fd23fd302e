/** What comes over from another system, whichever it is. Times are ms since the epoch; `from` is the id that it had there. */

/** Somebody, who logs in here with what they had. */
export interface MovedUser {
  readonly from: string;
  readonly id: string;
  /** As they were called. */
  readonly name: string | null;
  readonly createdAt: number | null;
  readonly login:
    | { readonly kind: 'password'; readonly hash: string; readonly email: string | null }
    | { readonly kind: 'issuer'; readonly issuer: string; readonly subject: string };
}

/** Where messages go. */
export interface MovedPlace {
  readonly id: string;
  readonly name: string;
  readonly private: boolean;
}

export interface MovedChannel extends MovedPlace {
  readonly from: string;
  readonly description: string | null;
  /** Where it stands in lists; null: nowhere in particular. */
  readonly place: number | null;
  /** Id of a user. */
  readonly owner: string | null;
  readonly createdAt: number | null;
}

/** A person, with the name that the row has beside the id. */
export interface MovedPerson {
  readonly id: string;
  readonly name: string | null;
}

export interface MovedMessage {
  readonly from: string;
  readonly id: string;
  readonly channel: MovedPlace;
  readonly author: MovedPerson;
  readonly timestamp: number;
  readonly content: string;
}

export interface MovedWhisper {
  readonly from: string;
  readonly id: string;
  readonly sender: MovedPerson;
  readonly recipient: MovedPerson;
  readonly timestamp: number;
  readonly content: string;
}

export interface MovedSanction {
  readonly from: string;
  readonly id: string;
  /** Null: everywhere. */
  readonly channel: MovedPlace | null;
  readonly kind: 'ban' | 'mute';
  readonly user: MovedPerson;
  readonly by: MovedPerson;
  readonly reason: string | null;
  readonly createdAt: number;
  /** Null: without end. */
  readonly until: number | null;
  readonly pardoned: boolean;
}

export interface MovedSession {
  readonly from: string;
  /** A number of its own among those of its system. */
  readonly connection: number;
  readonly user: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** How the server was called. */
export interface MovedServer {
  readonly from: string;
  readonly id: string | null;
  readonly name: string | null;
}

/** How many messages everybody might send. */
export interface MovedLimit {
  readonly from: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** Everything, by what it is called in options and in the table at the end. */
export interface MovedItems {
  readonly server: MovedServer;
  readonly limits: MovedLimit;
  readonly users: MovedUser;
  readonly channels: MovedChannel;
  readonly bans: MovedSanction;
  readonly messages: MovedMessage;
  readonly mutes: MovedSanction;
  readonly whispers: MovedWhisper;
  readonly sessions: MovedSession;
}
export type MovedKind = keyof MovedItems;

/** What became of one: it came over, it was there, or why it didn't. */
export type MovedOutcome = 'added' | 'known' | { readonly leftOut: string };
