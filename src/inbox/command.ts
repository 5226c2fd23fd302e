/** The form of a request that an inbox handles: schema, route, rate class and handler in one value. */
import type { Static, TSchema } from 'typebox';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Effects } from './effects.ts';
import type { Context, InboxState } from './state.ts';

/** Requests are limited by class: whispers, signals such as receipts, and everything that asks. */
export type InboxRate = 'whisper' | 'signal' | 'query';

/** One request of the inbox's owner, parsed and valid. */
export interface InboxRequest<Data> {
  readonly from: { readonly connection: ConnectionKey; readonly user: Principal };
  readonly waiter: Waiter;
  readonly data: Data;
}

/** A message type that routes by the user who sends it. */
export interface InboxCommand<Type extends string = string, Schema extends TSchema = TSchema> {
  readonly type: Type;
  readonly route: 'inbox';
  readonly rate: InboxRate;
  /** What `handle` decides first. It is asked when `data` doesn't fit, too. Absent: everybody may. */
  readonly may?: (user: Principal, ctx: Context) => Failure | null;
  /** Shape of `data`; an absent `data` is checked as `{}`. Unknown members are ignored. */
  readonly data: Schema;
  readonly handle: (state: InboxState, request: InboxRequest<Static<Schema>>, ctx: Context) => Effects;
}

/** Gives a command its exact types. */
export function defineInboxCommand<Type extends string, Schema extends TSchema>(
  command: Omit<InboxCommand<Type, Schema>, 'route'>,
): InboxCommand<Type, Schema> {
  return { ...command, route: 'inbox' };
}
