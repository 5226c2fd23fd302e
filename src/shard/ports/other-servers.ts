/**
 * What servers of one database say to each other at once, between their looks into it. All of it may be lost, come twice or in
 * another order, and nothing waits for it. What is said of logs is a hint: whoever hears it asks the log. Implementation:
 * cache/server-words.ts, over a Valkey or within a process.
 */
import type { Receipt } from '../../inbox/effects.ts';
import type { LogKey } from '../../log/entry.ts';
import type { UserRef } from '../../protocol/entities.ts';
import type { FollowedChannel } from './read-mark-store.ts';

/** What is told to who is connected and stands in no log. */
export type ServerWord =
  /** Somebody types in a channel, or no longer. */
  | { readonly kind: 'typing'; readonly channelId: string; readonly user: UserRef; readonly isOn: boolean }
  /** An ephemeral frame to all connections of a user, about a channel or (null) none. */
  | {
      readonly kind: 'told';
      readonly channelId: string | null;
      readonly user: string;
      readonly frame: string;
      /** It tells this of the channel that the user hasn't read. */
      readonly marked?: FollowedChannel;
    }
  /** An ephemeral frame to moderators who are in a channel, but to one. */
  | { readonly kind: 'moderators'; readonly channelId: string; readonly frame: string; readonly but?: string }
  /** Somebody has come so far with the whispers of `to`. */
  | { readonly kind: 'receipt'; readonly to: string; readonly receipt: Receipt }
  /** Somebody was erased: what is held of logs and tables in memory is to be read anew. */
  | { readonly kind: 'forget' };

/** Hears what others say. */
export interface ServerWordsListener {
  /** These logs are said to reach up to these numbers. */
  moved(logs: readonly (readonly [log: LogKey, head: number])[]): void;
  /** Beside these logs something is said to be different: a channel's record, a person's marks, blocks and settings. */
  changed(logs: readonly LogKey[]): void;
  said(words: readonly ServerWord[]): void;
}

/** See the head of the file. */
export interface OtherServers {
  /** Whether what others say comes through now. */
  readonly isHeard: boolean;
  /** Another number whenever something may have been missed. */
  readonly breaks: number;
  /** The log reaches up to `head`. */
  moved(log: LogKey, head: number): void;
  changed(log: LogKey): void;
  say(word: ServerWord): void;
  /** `listener` hears the others from now on. */
  listen(listener: ServerWordsListener): void;
}
