/** What a channel asks of the store of held messages; each answer comes back with what it was asked for. */
import type { Verdict } from '../automod/verdict.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import type { HeldMessage } from '../protocol/held-messages.ts';
import type { Draft } from './draft.ts';

/** A verdict by which a message isn't sent. */
export type Stop = Extract<Verdict, { readonly kind: 'refuse' | 'hold' | 'mute' }>;

/** What a moderator decided. */
export interface Review {
  readonly id: string;
  readonly by: Principal;
  readonly reason?: string | undefined;
  readonly waiter: Waiter;
}

/** A question. */
export type HeldAsk =
  /** Did an earlier try of this message land, before there was anything against it? */
  | { readonly kind: 'sent'; readonly clientMessageId: string; readonly draft: Draft; readonly stop: Stop }
  /** Did this user ever write here? */
  | { readonly kind: 'spoken'; readonly user: string }
  | { readonly kind: 'hold'; readonly message: HeldMessage; readonly waiter: Waiter }
  | {
      readonly kind: 'list';
      readonly after: string | null;
      readonly limit: number;
      readonly waiter: Waiter;
    }
  /** What is to be approved. */
  | { readonly kind: 'find'; readonly review: Review }
  /** It landed. */
  | {
      readonly kind: 'release';
      readonly id: string;
      readonly author: string;
      readonly by: Principal;
      readonly at: number;
    }
  | { readonly kind: 'reject'; readonly review: Review; readonly at: number };
