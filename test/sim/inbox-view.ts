/**
 * What one client sees of its user's inbox, held against the rules: behind the first word of where the inbox stands a
 * dense run of events, each once and as the log has it; receipts behind their whispers; counts that come out right.
 */
import type { ServerFrame } from '../../src/protocol/events.ts';
import type {
  InboxSummary,
  OwnWhisperRead,
  WhisperCreated,
  WhisperReceipt,
} from '../../src/protocol/inbox-events.ts';
import { whisperIdOf } from '../../src/protocol/whispers.ts';
import type { StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import type { Recover } from './channel-view.ts';
import { SHARDS } from './sim-shards.ts';
import type { SimWorld } from './sim-world.ts';

/** `data` of `inbox:resumed`. */
export interface Resumed extends InboxSummary {
  readonly recovered: boolean | null;
  readonly hasMore: boolean;
  readonly events: readonly unknown[];
}

/** How far a correspondent has come with the user's whispers, and a count of unread ones as of `seq`. */
interface Told {
  delivered: number;
  read: number;
  unread: number;
  seq: number;
}

/** What an `ack` of a whisper tells. */
export interface PlacedWhisper {
  readonly id: string;
  readonly seq: number;
  readonly duplicate?: boolean;
}

const PAGE_LIMIT = 50;
const RESUME_LIMIT = 200;

export class InboxView {
  /** Up to where this session was told; null before it knows where the inbox stands. */
  last: number | null = null;
  readonly #world: SimWorld;
  readonly #name: string;
  readonly #owner: string;
  readonly #shard: number;
  /** Places of events that the client has, over all of its sessions; and up to where it has them all. */
  readonly #have = new Set<number>();
  #through = 0;
  /** Who wrote what came live in this session, by place. */
  #senders = new Map<number, string>();
  /** By correspondent; what isn't in it was told as nothing at `#toldAt`. */
  #told = new Map<string, Told>();
  #toldAt = 0;
  /** Receipts of this session. */
  #receipts = new Set<string>();
  /** What hello asked for and wasn't answered yet; excused, it needn't be. */
  #asksBack: Recover;
  #isExcused = false;
  /** When it was told last where the inbox stands, ms. */
  #stateAt = 0;
  #awaitsState = false;

  constructor(world: SimWorld, client: string, owner: string) {
    this.#world = world;
    this.#name = `${client} in the inbox of ${owner}`;
    this.#owner = owner;
    this.#shard = shardOf(`inbox:${owner}`, SHARDS);
  }

  /** Where a session can go on. */
  get resume(): NonNullable<Recover> {
    return { epoch: 'epoch-1', seq: this.#through };
  }

  /** Whether it has every event of the log, and was told all that it has to be told. */
  get problem(): string | null {
    const { length } = this.#log();
    if (this.last === null) return 'was never told where it stands';
    if (this.#awaitsState) return 'was not told again where it stands';
    if (this.#asksBack !== undefined && !this.#isExcused) return 'got no answer to what hello asked for';
    if (this.last !== length) return `was told up to ${this.last} of ${length}`;
    return this.#through === length ? null : `has all up to ${this.#through} of ${length}`;
  }

  /** Unread whispers of `correspondent`, as the client counts them. */
  unread(correspondent: string): number {
    const { unread, seq } = this.#toldOf(correspondent);
    return unread + [...this.#senders].filter(([at, from]) => at > seq && from === correspondent).length;
  }

  /** How far `correspondent` has come with the user's whispers, as the client was told. */
  receipts(correspondent: string): { readonly delivered: number; readonly read: number } {
    const { delivered, read } = this.#toldOf(correspondent);
    return { delivered, read };
  }

  /** Events that the client has of others' whispers, newest last. */
  get received(): readonly StoredEvent[] {
    return this.#log().filter(({ sender, seq }) => sender !== this.#owner && this.#have.has(seq));
  }

  connects(recover: Recover): void {
    this.#asksBack = recover;
    this.#isExcused = false;
  }

  /** The connection is gone, and up to `lost` of the newest events with it. */
  disconnected(lost: number): void {
    this.last = null;
    this.#awaitsState = false;
    this.#asksBack = undefined;
    this.#receipts = new Set();
    const newest = [...this.#have].sort((a, b) => b - a).slice(0, lost);
    for (const seq of newest) this.#have.delete(seq);
    this.#through = Math.min(this.#through, ...newest.map((seq) => seq - 1));
  }

  /** What was asked may stay without an answer. */
  excuse(): void {
    this.#isExcused = true;
  }

  /** Its shard was replaced: it has to be told again where the inbox stands, if it wasn't yet. */
  restarted(): void {
    this.#awaitsState = this.#stateAt < (this.#world.diedAt.get(this.#shard) ?? 0);
    this.#isExcused = true;
  }

  /** A frame that answers nothing. */
  frame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'inbox:state':
        this.state(frame.data as InboxSummary);
        return;
      case 'inbox:resumed':
        if (this.#asksBack === undefined) this.#broken('got inbox:resumed that nobody asked for');
        this.resumed(frame.data as Resumed, this.#asksBack, undefined);
        this.#asksBack = undefined;
        return;
      case 'error':
        if (this.#asksBack === undefined)
          this.#broken(`got ${JSON.stringify(frame)} that belongs to nothing`);
        this.#asksBack = undefined;
        return;
      case 'whisper:delivered':
      case 'whisper:read': {
        const data = frame.data as WhisperReceipt | OwnWhisperRead;
        if ('with' in data) this.counts(data.with, data.unread);
        else this.#receipt(frame.type, data);
        return;
      }
      case 'user:blocked':
      case 'user:unblocked':
        return;
      default:
        if (frame.seq === undefined) this.#broken(`got ${frame.type} that belongs to nothing`);
        else this.#live(frame.seq, frame);
    }
  }

  /** The client was told where the inbox stands. */
  state({ seq, epoch, unread, conversations }: InboxSummary): void {
    if (epoch !== 'epoch-1') this.#broken(`another epoch, ${epoch}`);
    if (seq > this.#log().length) this.#broken(`stands at ${seq}, beyond the log's ${this.#log().length}`);
    if (seq < this.#through) this.#broken(`stands at ${seq}, and has all up to ${this.#through}`);
    if (this.last !== null && seq !== this.last)
      this.#broken(`stands at ${seq}, was told up to ${this.last}`);
    this.last = seq;
    this.#awaitsState = false;
    this.#stateAt = this.#world.clock.mono();
    this.#toldAt = seq;
    this.#senders = new Map();
    this.#told = new Map(
      conversations.map(({ with: id, delivered, read, ...one }) => [
        id,
        { delivered, read, unread: one.unread, seq },
      ]),
    );
    const sum = conversations.reduce((all, one) => all + one.unread, 0);
    if (sum !== unread) this.#broken(`${unread} unread, ${sum} in all conversations`);
  }

  /** The answer to a resume. */
  resumed(data: Resumed, recover: Recover, limit: number | undefined): void {
    if (this.last === null) this.#broken('resumed before it was told where it stands');
    this.state(data);
    const { seq, recovered, hasMore, events } = data;
    const seqs = this.#page(events);
    const expected = recover === undefined ? null : recover.seq <= seq && recover.epoch === data.epoch;
    if (recovered !== expected)
      this.#broken(`recovered ${String(recovered)} from ${recover?.seq ?? '-'} at ${seq}`);
    const most = limit ?? (recover === undefined ? PAGE_LIMIT : RESUME_LIMIT);
    if (seqs.length > most) this.#broken(`a page of ${seqs.length}, asked for ${most}`);
    if (recovered === true && recover !== undefined) {
      const last = seqs.at(-1) ?? recover.seq;
      if (seqs.length > 0 && seqs[0] !== recover.seq + 1)
        this.#broken(`a resume at ${seqs[0] ?? '-'} instead of ${recover.seq + 1}`);
      if (seqs.length === 0 && recover.seq < seq) this.#broken('an empty page though there is more');
      if (hasMore !== last < seq) this.#broken(`hasMore ${hasMore} at ${last} of ${seq}`);
    } else if (seq > 0 && seqs.at(-1) !== seq) {
      this.#broken(`the newest page ends at ${seqs.at(-1) ?? 'nothing'}, not ${seq}`);
    }
    for (const at of seqs) this.#got(at);
  }

  /** A page of the whole inbox's history, or of one conversation's. */
  history(events: readonly unknown[], isWhole: boolean): void {
    const seqs = isWhole ? this.#page(events) : events.map((event) => this.#same(event));
    const last = seqs.at(-1) ?? 0;
    if (last > (this.last ?? 0)) this.#broken(`a page up to ${last}, was told up to ${this.last ?? '-'}`);
  }

  /** A whisper of this client stands in the log: its `ack` is in place of the event, unless that was shown before. */
  placed({ id, seq, duplicate = false }: PlacedWhisper): void {
    const stored = this.#log()[seq - 1];
    if (stored === undefined || whisperIdOf(stored.id) !== id)
      this.#broken(`an ack for ${id}, not at ${seq}`);
    if (this.last === null) this.#broken('an ack before it was told where it stands');
    else if (seq === this.last + 1 && !duplicate) {
      this.last = seq;
      this.#got(seq);
    } else if (seq > this.last) this.#broken(`an ack for ${seq}, was told up to ${this.last}`);
  }

  /** The count of unread whispers of `correspondent` is told. */
  counts(correspondent: string, unread: number): void {
    const known = this.#toldOf(correspondent);
    this.#told.set(correspondent, { ...known, unread, seq: this.last ?? 0 });
  }

  #live(seq: number, frame: ServerFrame): void {
    if (this.last === null) this.#broken(`got ${seq} before it was told where it stands`);
    else if (seq !== this.last + 1) this.#broken(`got ${seq} after ${this.last}`);
    this.last = seq;
    this.#same(frame);
    this.#got(seq);
    const { from, to } = frame.data as WhisperCreated;
    if (from.id !== to.id && from.id !== this.#owner) this.#senders.set(seq, from.id);
  }

  #receipt(type: string, { id, by }: WhisperReceipt): void {
    const whisper = this.#log().find((event) => whisperIdOf(event.id) === id);
    const seq = whisper?.seq ?? 0;
    if (whisper?.sender !== this.#owner) this.#broken(`${type} of ${id}, which is not its own`);
    if (seq === 0 || seq > (this.last ?? 0)) this.#broken(`${type} of ${id} at ${seq}, before the whisper`);
    if (this.#receipts.has(`${type} ${id}`) && this.#world.servers === 1)
      this.#broken(`${type} of ${id} twice`);
    this.#receipts.add(`${type} ${id}`);
    const known = this.#toldOf(by.id);
    const read = type === 'whisper:read' ? Math.max(known.read, seq) : known.read;
    this.#told.set(by.id, { ...known, read, delivered: Math.max(known.delivered, seq) });
  }

  #toldOf(correspondent: string): Told {
    return this.#told.get(correspondent) ?? { delivered: 0, read: 0, unread: 0, seq: this.#toldAt };
  }

  #got(seq: number): void {
    this.#have.add(seq);
    while (this.#have.has(this.#through + 1)) this.#through += 1;
  }

  /** A dense page out of the log; its numbers. */
  #page(events: readonly unknown[]): number[] {
    const seqs = events.map((event) => this.#same(event));
    if (seqs.some((seq, index) => index > 0 && seq !== (seqs[index - 1] ?? 0) + 1)) {
      this.#broken(`a page with a hole: ${seqs.join()}`);
    }
    return seqs;
  }

  /** What anyone sees is in the log already, and the same; its number. */
  #same(event: unknown): number {
    const { seq, type, data } = event as {
      readonly seq: number;
      readonly type: string;
      readonly data: object;
    };
    const stored = this.#log()[seq - 1];
    if (stored === undefined) this.#broken(`saw ${seq}, which is not in the log`);
    else if (stored.type !== type || stored.data !== JSON.stringify(data)) {
      this.#broken(`saw another event at ${seq} than the log has`);
    }
    return seq;
  }

  #log(): readonly StoredEvent[] {
    return this.#world.store.log(`inbox:${this.#owner}`).events;
  }

  #broken(what: string): void {
    this.#world.broken(`${this.#name}: ${what}`);
  }
}
