/** The form of a request that the gateway itself answers, and what it is given to do so. */
import type { Static, TSchema } from 'typebox';
import type { ReportQueue } from '../auth/report-queue.ts';
import type { RateClass } from '../cache/rate-limiter.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ClientFrame } from '../protocol/events.ts';
import type { MessageSearch } from '../protocol/message-search.ts';
import type { Result } from '../protocol/result.ts';
import type { Analytics } from './analytics.ts';
import type { Connection } from './connection.ts';
import type { SanctionActs } from './sanction-acts.ts';
import type { Sessions } from './sessions.ts';

/** What an answer is made of: its type, and the JSON text of its `data`. */
export interface Answer {
  readonly type: string;
  readonly data: object;
}

/** What commands of the gateway may use. */
export interface GatewayContext {
  readonly sessions: Sessions;
  readonly sanctions: SanctionActs;
  readonly search: MessageSearch;
  readonly reports: Pick<ReportQueue, 'list' | 'problem'>;
  readonly analytics: Pick<Analytics, 'subscribe' | 'forget'>;
  /** Lets a request of the connection go on as this frame, which is answered in its place. */
  passOn(connection: Connection, frame: ClientFrame): void;
  /** Asks the inbox of the connection's user for what came behind `recover`. */
  resumeInbox(connection: Connection, recover: { readonly epoch: string; readonly seq: number }): void;
}

/** A message type that the gateway answers. */
export interface GatewayCommand<Type extends string = string, Schema extends TSchema = TSchema> {
  readonly type: Type;
  readonly route: 'main';
  readonly rate: RateClass;
  /** Whether it may come before the connection has said who it is. */
  readonly anonymous: boolean;
  /** This answers only requests that name no channel; those that do may go to a channel's command of the same type. */
  readonly withoutChannel?: true;
  /** Only moderators and administrators of all channels may ask for it; whoever else does learns nothing about what they sent. */
  readonly requires?: 'staff';
  /** What `handle` decides first. It is asked when `data` doesn't fit, too. Absent: everybody may. */
  readonly may?: (connection: Connection, ctx: GatewayContext) => Promise<Failure | null>;
  readonly data: Schema;
  /** The answer; null when there is none (the command has sent it, with `ref`, or closed). */
  readonly handle: (
    connection: Connection,
    data: Static<Schema>,
    ctx: GatewayContext,
    ref: string | undefined,
  ) => Promise<Result<Answer | null>> | Result<Answer | null>;
}

/** Gives a command its exact types. */
export function defineGatewayCommand<Type extends string, Schema extends TSchema>(
  command: Omit<GatewayCommand<Type, Schema>, 'route'>,
): GatewayCommand<Type, Schema> {
  return { ...command, route: 'main' };
}
