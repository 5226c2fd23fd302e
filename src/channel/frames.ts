/** Durable events of a channel as text. */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { encodeDurableEvent, encodeVoid } from '../protocol/encode.ts';
import { shadowedIn } from '../protocol/shadow.ts';

/** The event with its wire text: the same live and in pages. `shadowed`: how much of it isn't for everyone. */
export function encodeEvent(
  channelId: string,
  event: CommittedEvent,
  shadowed = shadowedIn(event.data),
): EncodedEvent {
  return {
    id: event.id,
    type: event.type,
    sender: event.sender,
    seq: event.seq,
    // What an erasure left.
    json:
      event.type === 'void'
        ? encodeVoid(channelId, event.seq)
        : encodeDurableEvent(event.type, channelId, event.seq, event.timestamp, event.data),
    shadowed,
    bytes: null,
  };
}
