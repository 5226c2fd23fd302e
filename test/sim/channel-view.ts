/**
 * What one client sees of one channel, held against the rules: while it is in, a dense run that is the log's to the
 * letter, but for texts that are being changed; while it is out, nothing.
 */
import type { Replies, ServerFrame } from '../../src/protocol/events.ts';
import type { StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { ChannelTexts, type SeenEvent } from './channel-texts.ts';
import type { SimWorld } from './sim-world.ts';

/** A resume point that a join carried, or none. */
export type Recover = { readonly epoch: string; readonly seq: number } | undefined;

export class ChannelView {
  readonly channelId: string;
  isIn = false;
  /** `seq` of the newest event seen in this session; everything up to it was seen or told as history. */
  last = 0;
  /** Where a later session can go on; forgotten by a client that starts anew. */
  resume: Recover;
  /** Who is there, by `channel:joined` and what followed. */
  members = new Set<string>();
  /** Nothing is under way any more: what is told is what the log has. */
  isSettled = false;
  readonly #texts = new ChannelTexts((id) => this.#lastChangeOf(id));
  readonly #world: SimWorld;
  readonly #name: string;

  constructor(world: SimWorld, client: string, channelId: string) {
    this.#world = world;
    this.#name = `${client} in ${channelId}`;
    this.channelId = channelId;
  }

  /** `channel:joined` came. */
  joined(data: Replies['channel:joined'], recover: Recover, limit: number | undefined): void {
    const { seq, recovered, events, hasMore } = data;
    const head = this.#world.events(this.channelId).length;
    if (seq > head) this.#broken(`joined at ${seq}, beyond the log's ${head}`);
    if (this.isIn && seq !== this.last) this.#broken(`joined again at ${seq}, seen up to ${this.last}`);
    if (recovered !== (recover === undefined ? null : recover.seq <= seq && recover.epoch === data.epoch)) {
      this.#broken(`recovered ${String(recovered)} from ${recover?.seq ?? '-'} at ${seq}`);
    }
    if (recovered !== true || hasMore) this.#texts.forget();
    const seqs = this.#page(events as readonly SeenEvent[]);
    const most = limit ?? (recover === undefined ? 50 : 200);
    // The newest page counts messages, whatever lies between.
    const counted =
      recovered === true ? seqs.length : events.filter(({ type }) => type === 'message:created').length;
    if (counted > most) this.#broken(`a page of ${counted}, asked for ${most}`);
    if (recovered === true && recover !== undefined) {
      this.#starts(seqs, recover.seq + 1, seq, hasMore);
    } else if (seq > 0) {
      if (seqs.at(-1) !== seq)
        this.#broken(`the newest page ends at ${seqs.at(-1) ?? 'nothing'}, not ${seq}`);
      if (hasMore !== (seqs[0] ?? 0) > 1) this.#broken(`hasMore ${hasMore} before ${seqs[0] ?? '-'}`);
    }
    this.isIn = true;
    this.last = seq;
    this.resume = { epoch: data.epoch, seq };
    this.members = new Set(data.members.map(({ id }) => id));
    if (this.members.size !== data.memberCount) this.#broken('memberCount is not the number of members');
  }

  /** A page of history came. */
  history(events: readonly unknown[]): void {
    this.#page(events as readonly SeenEvent[]);
  }

  /** A frame of the channel that answers nothing. */
  live(frame: ServerFrame, ownId: string): void {
    if (!this.isIn) {
      this.#broken(`got ${frame.type} without being in`);
      return;
    }
    if (frame.seq !== undefined) {
      const event = frame as unknown as SeenEvent;
      if (event.seq !== this.last + 1) this.#broken(`got ${event.seq} after ${this.last}`);
      this.#same(event);
      this.last = event.seq;
      this.resume = { epoch: this.resume?.epoch ?? '', seq: event.seq };
      return;
    }
    const { id } = (frame.data as { readonly user: { readonly id: string } }).user;
    if (frame.type === 'presence:join') this.members.add(id);
    else if (frame.type === 'presence:leave') this.members.delete(id);
    else if (id === ownId) this.#broken(`got its own user's ${frame.type}`);
  }

  left(): void {
    this.isIn = false;
  }

  /** Texts by message as the client knows them, null for what is deleted. */
  get texts(): ReadonlyMap<string, string | null> {
    return this.#texts.all;
  }

  /** A dense page out of the log; its numbers. */
  #page(events: readonly SeenEvent[]): number[] {
    for (const [index, event] of events.entries()) {
      if (index > 0 && event.seq !== (events[index - 1]?.seq ?? 0) + 1) this.#broken('a page with a hole');
      this.#same(event);
    }
    return events.map(({ seq }) => seq);
  }

  #starts(seqs: readonly number[], from: number, head: number, hasMore: boolean): void {
    const last = seqs.at(-1) ?? from - 1;
    if (seqs.length > 0 && seqs[0] !== from) this.#broken(`a resume at ${seqs[0] ?? '-'} instead of ${from}`);
    if (seqs.length === 0 && from <= head) this.#broken('an empty page though there is more');
    if (hasMore !== last < head) this.#broken(`hasMore ${hasMore} at ${last} of ${head}`);
  }

  /** What anyone sees is in the log already, and the same. */
  #same(event: SeenEvent): void {
    const stored = this.#world.events(this.channelId)[event.seq - 1];
    if (stored === undefined) {
      this.#broken(`saw ${event.seq}, which is not in the log`);
      return;
    }
    const isSame = stored.type === event.type && stored.data === JSON.stringify(event.data);
    if (!isSame && (this.isSettled || !isEarlier(event, stored))) {
      this.#broken(`saw another event at ${event.seq} than the log has`);
    }
    const problem = this.#texts.take(event);
    // Whoever moves to a server that is a moment behind may be told what was, and then again what became of it.
    if (problem !== null && this.#world.servers === 1) this.#broken(problem);
  }

  #lastChangeOf(id: string): number {
    const events = this.#world.events(this.channelId);
    return events.findLast(({ type, data }) => type !== 'message:created' && data.includes(id))?.seq ?? 0;
  }

  #broken(what: string): void {
    this.#world.broken(`${this.#name}: ${what}`);
  }
}

/** Whether `seen` is what the log's event was before a change that wasn't shown yet. */
function isEarlier(seen: SeenEvent, stored: StoredEvent): boolean {
  const now = JSON.parse(stored.data) as SeenEvent['data'];
  if (stored.type !== seen.type || now.id !== seen.data.id || seen.data.content === undefined) return false;
  if (stored.type === 'message:updated') return now.content === undefined;
  const [kept, was] = [withoutText(now), withoutText(seen.data)];
  return stored.type === 'message:created' && (now.deleted === true || kept === was);
}

function withoutText(data: SeenEvent['data']): string {
  return JSON.stringify({ ...data, content: '', editedAt: undefined });
}
