/** One device of a user: what it was shown of the inbox, and what it makes of it. Throws at what must not be. */
import type { InboxSummary, OwnWhisperRead } from '../../src/protocol/inbox-events.ts';

interface AnyFrame {
  readonly type: string;
  readonly ref?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Any event of an inbox. */
interface AnyWhisper {
  readonly id: string;
  readonly from?: { readonly id: string };
  readonly to?: { readonly id: string };
  readonly content?: string;
  readonly deleted?: true;
}

/** Texts by whisper, null for what was deleted, and up to which place they tell of changes. */
class Texts {
  readonly #at: number;
  readonly #known = new Map<string, { readonly seq: number; readonly text: string | null }>();

  constructor(at: number) {
    this.#at = at;
  }

  get all(): ReadonlyMap<string, string | null> {
    return new Map([...this.#known].map(([id, { text }]) => [id, text]));
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /** What an event says that was shown, or stood in the page. */
  show(type: string, seq: number, { id, content, deleted }: AnyWhisper): void {
    if (type === 'whisper:deleted' || deleted === true) this.#known.set(id, { seq, text: null });
    else if (content !== undefined) this.#known.set(id, { seq, text: content });
  }

  /** What was asked for stands at `seq`, which may have been shown before. */
  acknowledge(seq: number, id: string, text: string | null): void {
    if (seq > this.#at && seq > (this.#known.get(id)?.seq ?? 0)) this.#known.set(id, { seq, text });
  }
}

/** The answer to a send. */
export interface SendOutcome {
  readonly id?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly code?: string;
}

export class InboxDevice {
  readonly connection: number;
  /** Whispers by their place, shown or acknowledged. */
  readonly places = new Map<number, string>();
  readonly outcomes = new Map<string, SendOutcome>();
  /** Marks that wait for their answer: ref → correspondent. */
  readonly marks = new Map<string, string>();
  /** What was asked for: ref → the text that a whisper is to have, null for none. */
  readonly asked = new Map<string, string | null>();
  /** What it was shown. */
  readonly texts = new Texts(0);
  /** Pages that it asked for, with what was shown since. */
  readonly pages: Texts[] = [];
  /** Who wrote what was shown, by place. One's own are among them and count for nothing. */
  readonly #incoming = new Map<number, string>();
  /** Unread whispers by correspondent as they were told last, and up to which place. */
  readonly #told = new Map<string, { readonly seq: number; readonly unread: number }>();
  /** Newest place that was shown as an event. */
  #shown = 0;

  constructor(connection: number) {
    this.connection = connection;
  }

  /** A durable event. */
  event(json: string): void {
    const { type, seq = 0, data } = JSON.parse(json) as AnyFrame;
    const whisper = data as unknown as AnyWhisper;
    if (seq <= this.#shown) throw new Error(`${seq} was shown behind ${this.#shown}`);
    for (let missed = this.#shown + 1; missed < seq; missed += 1) {
      if (!this.places.has(missed)) throw new Error(`${seq} was shown before ${missed}`);
    }
    this.#shown = seq;
    this.places.set(seq, whisper.id);
    this.texts.show(type, seq, whisper);
    for (const page of this.pages) if (page.has(whisper.id)) page.show(type, seq, whisper);
    const { from, to } = whisper;
    if (type === 'whisper:created' && from !== undefined && from.id !== to?.id)
      this.#incoming.set(seq, from.id);
  }

  frame(json: string): void {
    const { type, ref, data } = JSON.parse(json) as AnyFrame;
    if (type === 'inbox:state') this.#state(data as unknown as InboxSummary);
    else if (type === 'error' && ref !== undefined) this.#outcome(ref, data);
    else if (type === 'ack' && ref !== undefined) this.#ack(ref, data);
    else if (type === 'whispers') this.#page(data['events'] as readonly AnyFrame[]);
    else if (type === 'whisper:read' && 'with' in data) this.#own(data as unknown as OwnWhisperRead);
    else if (type === 'whisper:read' || type === 'whisper:delivered') {
      const { id } = data as { readonly id: string };
      if (![...this.places.values()].includes(id)) throw new Error(`${type} of ${id}, which wasn't shown`);
    }
  }

  /** Its shard was replaced: what it asked for gets no answer. */
  restarted(): void {
    this.marks.clear();
  }

  /** Unread whispers of `correspondent`: as it was told last, and what was shown since. */
  count(owner: string, correspondent: string): number {
    const { seq, unread } = this.#told.get(correspondent) ?? { seq: 0, unread: 0 };
    const since = [...this.#incoming].filter(
      ([place, from]) => place > seq && from === correspondent && from !== owner,
    );
    return unread + since.length;
  }

  #page(events: readonly AnyFrame[]): void {
    const page = new Texts(this.#seen);
    for (const { type, seq = 0, data } of events) page.show(type, seq, data as unknown as AnyWhisper);
    this.pages.push(page);
  }

  #state({ seq, conversations }: InboxSummary): void {
    for (const { with: correspondent, unread } of conversations) {
      this.#told.set(correspondent, { seq, unread });
    }
  }

  #own({ with: correspondent, unread }: OwnWhisperRead): void {
    this.#told.set(correspondent, { seq: this.#seen, unread });
  }

  #ack(ref: string, data: AnyFrame['data']): void {
    const correspondent = this.marks.get(ref);
    if (correspondent === undefined) {
      this.#outcome(ref, data);
      return;
    }
    this.marks.delete(ref);
    if (typeof data['unread'] === 'number') {
      this.#told.set(correspondent, { seq: this.#seen, unread: data['unread'] });
    }
  }

  #outcome(ref: string, outcome: SendOutcome): void {
    if (this.outcomes.has(ref)) throw new Error(`${ref} was answered twice`);
    this.outcomes.set(ref, outcome);
    const { id, seq } = outcome;
    if (id === undefined || seq === undefined) return;
    const known = this.places.get(seq);
    if (known !== undefined && known !== id) throw new Error(`${id} and ${known} are both at ${seq}`);
    this.places.set(seq, id);
    const text = this.asked.get(ref);
    if (text === undefined) return;
    this.texts.acknowledge(seq, id, text);
    for (const page of this.pages) if (page.has(id)) page.acknowledge(seq, id, text);
  }

  /** Up to where it has everything. */
  get #seen(): number {
    let seq = this.#shown;
    while (this.places.has(seq + 1)) seq += 1;
    return seq;
  }
}
