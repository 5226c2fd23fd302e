/** Messages that wait for a moderator before anyone else sees them. */
import type { JsonObject, UserRef } from './entities.ts';

/** A message that waits, as it is kept. */
export interface HeldMessage {
  /** That it will have in the log. */
  readonly id: string;
  readonly channelId: string;
  readonly author: UserRef;
  readonly clientMessageId?: string;
  /** JSON text of the `data` that `message:created` will have. */
  readonly data: string;
  /** For moderators: name of the rule, or `first message`. */
  readonly reason: string;
  /** ms since the epoch. */
  readonly at: number;
}

/** A message that waits, as moderators are told of it. */
export interface HeldItem {
  readonly id: string;
  readonly content: string;
  readonly author: UserRef;
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  readonly meta?: JsonObject;
  /** Name of the rule that held it, or `first message`. */
  readonly reason: string;
  /** ms since the epoch. */
  readonly heldAt: number;
}

/** What moderators are told of `held`. */
export function heldItem({ data, reason, at }: HeldMessage): HeldItem {
  return { ...(JSON.parse(data) as Omit<HeldItem, 'reason' | 'heldAt'>), reason, heldAt: at };
}
