/** Heads of messages that replies on their way quote, until those are shown. */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { TextChange } from '../log/text-changes.ts';
import { changedQuote } from './changes-shown.ts';
import { type MessageData, withExtras } from './message-extras.ts';
import type { ChannelState } from './state.ts';

/** `event`, which is about to be shown, with the head of what it replies to. */
export function withQuote(state: ChannelState, event: CommittedEvent): CommittedEvent {
  const quote = state.quotes.get(event.id);
  if (quote === undefined) return event;
  state.quotes.delete(event.id);
  const data = JSON.parse(event.data) as MessageData;
  // What was read has it.
  if ('quote' in data || 'deleted' in data) return event;
  return {
    ...event,
    data: JSON.stringify(withExtras(data, { quote, reactions: undefined, thread: undefined })),
  };
}

/** A text was changed: replies to it that weren't shown yet quote it as it is now. */
export function changeQuotes({ quotes }: ChannelState, change: TextChange): void {
  for (const [entry, quote] of quotes) {
    if (quote.id === change.id) quotes.set(entry, changedQuote(quote, change));
  }
}
