/** How far a user has come with a channel, and what of it isn't read. */

/** See the head of the file; counts are those at `head`, and leave out what the user wrote and what was deleted. */
export interface UnreadState {
  /** Read up to here; 0: nothing. */
  readonly seq: number;
  /** The newest place of the channel's log when this was counted. */
  readonly head: number;
  /** Messages of others behind `seq`; MAX_COUNTED_UNREAD stands for so many or more. */
  readonly unread: number;
  /** Those of them that mention the user; MAX_COUNTED_MENTIONS stands for so many or more. */
  readonly mentions: number;
}

/** The same with the channel's id, in lists. */
export interface ChannelUnread extends UnreadState {
  readonly id: string;
}
