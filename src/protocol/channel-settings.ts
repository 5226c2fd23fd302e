/** What moderators decide of a channel beside its name, topic and whether it is private. */
import Type, { type Static } from 'typebox';

/** Longest slow mode and longest wait of newcomers, seconds. */
export const MAX_SLOW_MODE_SECONDS = 21_600;
export const MAX_NEWCOMER_SECONDS = 31_536_000;

/** How long messages may be kept at most, days, and how many. */
export const MAX_RETENTION_DAYS = 36_500;
export const MAX_RETENTION_MESSAGES = 1_000_000_000;

const ownOrDefault = (maximum: number) => Type.Union([Type.Integer({ minimum: 0, maximum }), Type.Null()]);

/** Settings of a channel; all are off, 0 or null where nothing was said. */
export const ChannelSettings = Type.Object({
  /** Only moderators write. */
  announcement: Type.Boolean(),
  /** Nobody writes; what there is can be read, deleted and moderated, and its members looked after. */
  archived: Type.Boolean(),
  /** Seconds between two messages of one member; 0: none. Moderators don't wait. */
  slowModeSeconds: Type.Integer({ minimum: 0, maximum: MAX_SLOW_MODE_SECONDS }),
  /** Who is a member for fewer seconds reads only; 0: no such wait. */
  newcomerSeconds: Type.Integer({ minimum: 0, maximum: MAX_NEWCOMER_SECONDS }),
  /** A text that stands among the newest messages isn't taken again. */
  uniqueMessages: Type.Boolean(),
  /** Messages are emoji and short codes only. */
  emoteOnly: Type.Boolean(),
  /** The first message of each member waits for a moderator. */
  holdFirst: Type.Boolean(),
  /** Raid switch: nobody new comes in. */
  closed: Type.Boolean(),
  /** Days after which messages go; 0: they are kept for ever, null: what the server says (docs/adr/0032). */
  retentionDays: ownOrDefault(MAX_RETENTION_DAYS),
  /** How many of the newest messages are kept; 0: all of them, null: what the server says. */
  retentionMessages: ownOrDefault(MAX_RETENTION_MESSAGES),
});
export type ChannelSettings = Static<typeof ChannelSettings>;

/** A channel nobody has set anything of. */
export const DEFAULT_SETTINGS: ChannelSettings = Object.freeze({
  announcement: false,
  archived: false,
  slowModeSeconds: 0,
  newcomerSeconds: 0,
  uniqueMessages: false,
  emoteOnly: false,
  holdFirst: false,
  closed: false,
  retentionDays: null,
  retentionMessages: null,
});

/** Names of the settings. */
export const CHANNEL_SETTINGS = Object.keys(DEFAULT_SETTINGS) as readonly (keyof ChannelSettings)[];
