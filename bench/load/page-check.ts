/**
 * Whether what a client was given when it joined is exactly what it has to get. All clients of a channel that ask for the
 * same get the same bytes, so one page is parsed, afterwards, and the others are compared with it: parsing thousands of
 * pages would make the load the limit.
 */
import type { JoinedData, PageEvent } from './channel-events.ts';

const EVENTS = Buffer.from('"events":[');
const AFTER_EVENTS = Buffer.from('],"members":');

/** What stands in a `channel:joined` beside its events. */
export type JoinedHead = Omit<JoinedData, 'events'>;

/** A page of events: JSON text of an array's inside. */
export interface JoinedPage {
  readonly head: JoinedHead;
  readonly events: Buffer;
}

/** Takes a `channel:joined` apart; `events` is a view of `bytes`. */
export function joinedPage(bytes: Buffer, start: number, end: number): JoinedPage {
  const frame = bytes.subarray(start, end);
  const from = frame.indexOf(EVENTS);
  const to = frame.lastIndexOf(AFTER_EVENTS);
  if (from >= 0 && to > from) {
    // What comes before the events is the frame's beginning: closed here, it is JSON.
    const { data } = JSON.parse(`${frame.toString('utf8', 0, from)}"events":[]}}`) as {
      readonly data: JoinedHead;
    };
    return { head: data, events: frame.subarray(from + EVENTS.length, to) };
  }
  const { data } = JSON.parse(frame.toString('utf8')) as { readonly data: JoinedData };
  return { head: data, events: Buffer.from(JSON.stringify(data.events).slice(1, -1)) };
}

/** What every page of a channel has to hold: all events from `first` to `last`. */
export interface ExpectedPage {
  readonly channelId: string;
  readonly first: number;
  readonly last: number;
}

/** The pages of one channel. */
export class PageCheck {
  readonly #expected: ExpectedPage;
  /** Texts that differ, each once, with how many pages are like it. */
  readonly #texts: { readonly text: Buffer; pages: number }[] = [];

  constructor(expected: ExpectedPage) {
    this.#expected = expected;
  }

  /** Takes a page; its bytes are copied where they are new. */
  add(events: Buffer): void {
    const known = this.#texts.find(({ text }) => text.equals(events));
    if (known === undefined) this.#texts.push({ text: Buffer.from(events), pages: 1 });
    else known.pages += 1;
  }

  /** Pages that hold exactly what they have to, in order. */
  rightPages(): number {
    return this.#texts.reduce((sum, { text, pages }) => sum + (this.#isRight(text) ? pages : 0), 0);
  }

  #isRight(text: Buffer): boolean {
    const { channelId, first, last } = this.#expected;
    const events = JSON.parse(`[${text.toString('utf8')}]`) as readonly PageEvent[];
    return (
      events.length === last - first + 1 &&
      events.every((event, i) => event.seq === first + i && event.channelId === channelId)
    );
  }
}
