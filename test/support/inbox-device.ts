/** One device of a user: what it was shown of the inbox, and what it makes of it. Throws at what must not be. */
import type { InboxSummary, OwnWhisperRead, WhisperCreated } from '../../src/protocol/inbox-events.ts';

interface AnyFrame {
  readonly type: string;
  readonly ref?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
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
    const { seq = 0, data } = JSON.parse(json) as AnyFrame;
    const whisper = data as unknown as WhisperCreated;
    if (seq <= this.#shown) throw new Error(`${seq} was shown behind ${this.#shown}`);
    for (let missed = this.#shown + 1; missed < seq; missed += 1) {
      if (!this.places.has(missed)) throw new Error(`${seq} was shown before ${missed}`);
    }
    this.#shown = seq;
    this.places.set(seq, whisper.id);
    if (whisper.from.id !== whisper.to.id) this.#incoming.set(seq, whisper.from.id);
  }

  frame(json: string): void {
    const { type, ref, data } = JSON.parse(json) as AnyFrame;
    if (type === 'inbox:state') this.#state(data as unknown as InboxSummary);
    else if (type === 'error' && ref !== undefined) this.#outcome(ref, data);
    else if (type === 'ack' && ref !== undefined) this.#ack(ref, data);
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
  }

  /** Up to where it has everything. */
  get #seen(): number {
    let seq = this.#shown;
    while (this.places.has(seq + 1)) seq += 1;
    return seq;
  }
}
