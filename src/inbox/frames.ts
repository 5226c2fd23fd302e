/** Frames of an inbox. They carry no `channelId`: a connection has one inbox. */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { encodeReply } from '../protocol/encode.ts';
import type { InboxSignals, InboxSummary } from '../protocol/inbox-events.ts';
import { MAX_LISTED_CONVERSATIONS } from '../protocol/limits.ts';
import type { Context, ConversationRecord, InboxState, LoadedState } from './state.ts';

/** The event with its wire text: the same live and in pages. */
export function encodeEvent({ id, type, sender, seq, timestamp, data }: CommittedEvent): EncodedEvent {
  const json = `{"type":"${type}","seq":${seq},"timestamp":${timestamp},"data":${data}}`;
  return { id, type, sender, seq, json, shadowed: 'no', bytes: null };
}

/** An event without `seq`. */
export function encodeSignal<Type extends keyof InboxSignals>(
  type: Type,
  ctx: Context,
  data: InboxSignals[Type],
): string {
  return encodeReply(type, undefined, undefined, ctx.now, JSON.stringify(data));
}

/** Where the inbox stands, with the conversations that were last written in. */
export function summaryOf({ epoch, head, unread, conversations }: InboxState): InboxSummary {
  return { epoch, seq: head, unread, conversations: latest([...conversations]) };
}

/** The same of an inbox as it was loaded, without a state of it. */
export function summaryOfLoaded({ epoch, head, conversations }: LoadedState): InboxSummary {
  const unread = conversations.reduce((sum, each) => sum + each.unread, 0);
  return {
    ...{ epoch, seq: head, unread },
    conversations: latest(conversations.map((each) => [each.correspondent, each])),
  };
}

function latest(
  conversations: (readonly [
    string,
    Pick<ConversationRecord, 'lastSeq' | 'unread' | 'sentDelivered' | 'sentRead'>,
  ])[],
): InboxSummary['conversations'] {
  return conversations
    .sort(([, a], [, b]) => b.lastSeq - a.lastSeq)
    .slice(0, MAX_LISTED_CONVERSATIONS)
    .map(([id, { lastSeq, unread, sentDelivered, sentRead }]) => ({
      with: id,
      lastSeq,
      unread,
      delivered: sentDelivered,
      read: sentRead,
    }));
}
