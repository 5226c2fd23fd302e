/** What is written down while servers are killed, and held against the log afterwards. */

/** A message as the log, or a client that was shown it, has it. Null where it doesn't tell. */
export interface LoggedMessage {
  readonly seq: number;
  readonly id: string | null;
  readonly authorId: string | null;
  readonly clientMessageId: string | null;
  readonly content: string | null;
}

/** An operation: invoked; and acknowledged, or of unknown outcome. */
export interface SendRecord {
  readonly channelId: string;
  readonly authorId: string;
  readonly clientMessageId: string;
  readonly content: string;
  /** Null as long as nobody said that it landed. */
  readonly acknowledged: { readonly id: string; readonly seq: number } | null;
}

/** Everything of one channel that one client was shown, in that order. */
export interface ViewRecord {
  readonly observer: string;
  readonly channelId: string;
  readonly shown: readonly LoggedMessage[];
  /** Whether it joined before the first message. */
  readonly fromStart: boolean;
  /** Whether it stayed to the end. */
  readonly toEnd: boolean;
  /** Places that the client said it would never show. */
  readonly gaps: number;
}

/** All of it. */
export interface KillRecords {
  readonly sends: readonly SendRecord[];
  readonly views: readonly ViewRecord[];
  /** Each channel's log as it was read back at the end, by channel id. */
  readonly logs: ReadonlyMap<string, readonly LoggedMessage[]>;
}
