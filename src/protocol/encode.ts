/**
 * Server frames as JSON text. Events are encoded once and shared by everyone who gets them, so the parts that are
 * text already (an event's `data`, a page of events) go in as they are.
 */
import type { Failure } from './errors.ts';
import type { EphemeralEvents } from './events.ts';

/** A durable event: `dataJson` is the JSON text of its `data`; `timestamp` in ms since the epoch. */
export function encodeDurableEvent(
  type: string,
  channelId: string,
  seq: number,
  timestamp: number,
  dataJson: string,
): string {
  return `{"type":"${type}","channelId":"${channelId}","seq":${seq},"timestamp":${timestamp},"data":${dataJson}}`;
}

/** A place of a channel's log whose content the reader may not see. */
export function encodeVoid(channelId: string, seq: number): string {
  return `{"type":"void","channelId":"${channelId}","seq":${seq}}`;
}

/** An ephemeral event of a channel; its `data` is what the wire says for the type. */
export function encodeEphemeralEvent<Type extends keyof EphemeralEvents>(
  type: Type,
  channelId: string,
  timestamp: number,
  data: EphemeralEvents[Type],
): string {
  return `{"type":"${type}","channelId":"${channelId}","timestamp":${timestamp},"data":${JSON.stringify(data)}}`;
}

/** An answer or a frame about the connection; `dataJson` is the JSON text of its `data`. */
export function encodeReply(
  type: string,
  ref: string | undefined,
  channelId: string | undefined,
  timestamp: number,
  dataJson: string,
): string {
  const refPart = ref === undefined ? '' : `,"ref":${JSON.stringify(ref)}`;
  const channelPart = channelId === undefined ? '' : `,"channelId":${JSON.stringify(channelId)}`;
  return `{"type":"${type}"${refPart}${channelPart},"timestamp":${timestamp},"data":${dataJson}}`;
}

/** The `ack` of what stands in a log, `duplicate` when it stood there before; `id`: null for none; `more`: JSON text of further members, with a comma in front. */
export function encodeAck(
  ref: string,
  channelId: string,
  timestamp: number,
  id: string | null,
  seq: number,
  duplicate: boolean,
  more = '',
): string {
  const idPart = id === null ? '' : `"id":${JSON.stringify(id)},`;
  const data = `{${idPart}"seq":${seq}${duplicate ? ',"duplicate":true' : ''}${more}}`;
  return `{"type":"ack","ref":${JSON.stringify(ref)},"channelId":"${channelId}","timestamp":${timestamp},"data":${data}}`;
}

/** An `error` answer. */
export function encodeError(
  problem: Failure,
  ref: string | undefined,
  channelId: string | undefined,
  timestamp: number,
): string {
  return encodeReply('error', ref, channelId, timestamp, JSON.stringify(problem));
}
