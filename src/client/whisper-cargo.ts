/** Whispers as an outbox carries them. */
import type { OutgoingWhisper, Person } from './inbox-news.ts';
import type { Cargo } from './outbox.ts';

/** How a request names somebody: nothing else of what a caller handed in goes out. */
export function keyOf(person: Person): Person {
  return 'id' in person ? { id: person.id } : { name: person.name };
}

/** Those to one person keep their order, as long as the person is named alike. */
export const WHISPER_CARGO: Cargo<OutgoingWhisper> = {
  placeOf: ({ to }) => ('id' in to ? `id:${to.id}` : `name:${to.name}`),
  frameOf: ({ to, content, clientMessageId }) => ({
    type: 'whisper:send',
    data: { to: keyOf(to), content, clientMessageId },
  }),
};
