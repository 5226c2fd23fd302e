/** Answers to those who wait, as effects. A channel's carry its id, an inbox's none. */
import type { ConnectionKey, Waiter } from './waiter.ts';
import { encodeError, encodeReply } from '../protocol/encode.ts';
import type { ErrorCode, Failure } from '../protocol/errors.ts';

/** One frame to one connection. */
export interface Send {
  readonly kind: 'send';
  readonly to: ConnectionKey;
  readonly frame: string;
  /** What the request was refused with; absent: it wasn't. */
  readonly refused?: ErrorCode;
}

/** A reply with `data` as JSON text; nothing when the request had no `ref`. */
export function reply(
  type: string,
  waiter: Waiter,
  channelId: string | undefined,
  now: number,
  dataJson: string,
): Send[] {
  if (waiter.ref === undefined) return [];
  return [
    { kind: 'send', to: waiter.connection, frame: encodeReply(type, waiter.ref, channelId, now, dataJson) },
  ];
}

/** An `ack`. */
export function ack(waiter: Waiter, channelId: string | undefined, now: number, data: object = {}): Send[] {
  const { command } = waiter;
  return reply(
    'ack',
    waiter,
    channelId,
    now,
    JSON.stringify(command === undefined ? data : { ...data, command }),
  );
}

/** An `error`, sent with or without `ref`. */
export function refuse(waiter: Waiter, channelId: string | undefined, now: number, problem: Failure): Send[] {
  const frame = encodeError(problem, waiter.ref, channelId, now);
  return [{ kind: 'send', to: waiter.connection, frame, refused: problem.code }];
}
