/** Answers to requests, as effects. */
import type { Failure } from '../protocol/errors.ts';
import { encodeError, encodeReply } from '../protocol/encode.ts';
import type { Effect, Waiter } from './effects.ts';

/** A reply with `data` as JSON text; nothing when the request had no `ref`. */
export function reply(
  type: string,
  waiter: Waiter,
  channelId: string,
  now: number,
  dataJson: string,
): Effect[] {
  if (waiter.ref === undefined) return [];
  return [
    { kind: 'send', to: waiter.connection, frame: encodeReply(type, waiter.ref, channelId, now, dataJson) },
  ];
}

/** An `ack`. */
export function ack(waiter: Waiter, channelId: string, now: number, data: object = {}): Effect[] {
  return reply('ack', waiter, channelId, now, JSON.stringify(data));
}

/** An `error`, sent with or without `ref`. */
export function refuse(waiter: Waiter, channelId: string, now: number, problem: Failure): Effect[] {
  return [{ kind: 'send', to: waiter.connection, frame: encodeError(problem, waiter.ref, channelId, now) }];
}
