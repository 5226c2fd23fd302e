/** Durable events of a channel as text. */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { encodeDurableEvent } from '../protocol/encode.ts';

/** The event with its wire text: the same live and in pages. */
export function encodeEvent(channelId: string, event: CommittedEvent): EncodedEvent {
  return {
    id: event.id,
    type: event.type,
    sender: event.sender,
    seq: event.seq,
    json: encodeDurableEvent(event.type, channelId, event.seq, event.timestamp, event.data),
    bytes: null,
  };
}
