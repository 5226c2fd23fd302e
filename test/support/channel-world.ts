/**
 * One channel's machine with its log, and those who watch. What takes time waits until it is told to happen, in any order
 * that a real shard and database may show; another server writes into the same log.
 */
import { NO_AUTOMOD } from '../../src/automod/verdict.ts';
import { missingRequirement } from '../../src/channel/command.ts';
import type { Effect, Selection } from '../../src/channel/effects.ts';
import { encodeEvent } from '../../src/channel/frames.ts';
import { apply, settle } from '../../src/channel/log-events.ts';
import { changeEntry } from '../../src/channel/message-change.ts';
import { asWhenNew, type MessageData, rootOf } from '../../src/channel/message-extras.ts';
import { pageRead } from '../../src/channel/page-reads.ts';
import { PageTexts } from '../../src/channel/page-texts.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { messageFound } from '../../src/channel/searches.ts';
import { type ChannelState, type Context, createChannelState } from '../../src/channel/state.ts';
import type { AppendEntry, ReadRange } from '../../src/log/entry.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import type { AppendOutcome, LogEntry, Placement, StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { backToMessages } from '../../src/storage/memory/page-bounds.ts';
import { ChannelWatcher } from './channel-watcher.ts';
import { OPEN_POLICY } from './open-policy.ts';

const table = new Map(CHANNEL_COMMANDS.map((command) => [command.type as string, command]));

/** `touch` asks the database; what it gives hands the answer to the machine. */
interface Task {
  readonly touch: () => () => void;
  tell: (() => void) | null;
}

export class ChannelWorld {
  readonly state: ChannelState = createChannelState(
    { id: 'room', exists: true, name: 'room', private: false, epoch: 'e', head: 0 },
    { events: 4, size: 2_000 },
  );
  readonly watchers: readonly ChannelWatcher[];
  readonly #users: readonly Principal[];
  readonly #store = new MemoryLogStore();
  /** All that was given to the store, one after the other. */
  readonly #given: LogEntry[] = [];
  readonly #pageTexts = new PageTexts(100_000);
  /** Appended, in order: those in front are committed. */
  readonly #appends: { readonly entry: AppendEntry; placement: Placement | null }[] = [];
  readonly #reads: Task[] = [];
  #ids = 0;

  /** Each user has one connection, which is joined. */
  constructor(users: readonly Principal[]) {
    this.#users = users;
    this.watchers = users.map(() => new ChannelWatcher());
    for (const index of users.keys()) this.request(index, 'channel:join', {}, `enter ${index}`);
  }

  /** The log as it stands. */
  get log(): readonly StoredEvent[] {
    return this.#store.log('channel:room').events;
  }

  request(index: number, type: string, data: object, ref: string): void {
    const command = table.get(type);
    const user = this.#users[index];
    if (command === undefined || user === undefined) throw new Error(`no ${type} by ${index}`);
    const from = { connection: index, user };
    if (missingRequirement(command.requires, this.state, from, this.#context()) !== null) return;
    const request = { from, waiter: { connection: index, ref }, data: data as never };
    this.#perform(command.handle(this.state, request, this.#context()));
  }

  /** A change by a server that shares the log, which sees and is seen through it alone. */
  changeElsewhere(id: string, content: string | null): void {
    const event = this.log.find((one) => one.id === id);
    if (event === undefined) return;
    const message = JSON.parse(event.data) as MessageData;
    if (content !== null && 'deleted' in message) return;
    this.#ids += 1;
    const by = message.author;
    this.#give([
      changeEntry('channel:room', { id: `there-${this.#ids}`, message, content, by, timestamp: this.#ids }),
    ]);
  }

  /** A reaction there. */
  reactElsewhere(target: string, user: Principal, emoji: string, isAdded: boolean): void {
    this.#ids += 1;
    const data = JSON.stringify({ messageId: target, emoji, user: { id: user.id, name: user.name } });
    this.#give([
      {
        ...{ log: 'channel:room', id: `there-${this.#ids}`, sender: user.id, timestamp: this.#ids },
        ...{ type: isAdded ? 'reaction:added' : 'reaction:removed', data },
        reacts: { target, emoji, isAdded },
      },
    ]);
  }

  /** A reply there, at some time that clocks may show. */
  replyElsewhere(quoted: string, user: Principal, content: string, timestamp: number): void {
    const event = this.log.find(({ id }) => id === quoted);
    if (event?.type !== 'message:created') return;
    this.#ids += 1;
    const id = `there-${this.#ids}`;
    const root = rootOf(JSON.parse(event.data) as MessageData);
    const author = { id: user.id, name: user.name };
    this.#give([
      {
        ...{ log: 'channel:room', id, type: 'message:created', sender: user.id, timestamp },
        data: JSON.stringify({ id, content, author, replyTo: quoted, root }),
        needs: quoted,
        changes: [{ kind: 'reply', root: root ?? quoted }],
      },
    ]);
  }

  /** The wire texts of the log's events as pages told them, by how long the log was then. */
  states(): ReadonlyMap<number, readonly string[]> {
    const store = new MemoryLogStore();
    const states = new Map<number, readonly string[]>([[0, []]]);
    for (const entry of this.#given) {
      store.commit([entry]);
      const events = store.shown('channel:room', store.log('channel:room').events);
      states.set(
        events.length,
        events.map((event) => encodeEvent('room', event).json),
      );
    }
    return states;
  }

  /** All that was given to the log, in order. */
  get given(): readonly LogEntry[] {
    return this.#given;
  }

  /** The log as pages have it now. */
  get told(): readonly StoredEvent[] {
    return this.#store.shown('channel:room', this.log);
  }

  /** Ids of pinned messages, as a channel's actor would load them. */
  get pins(): readonly string[] {
    return this.#store.tables('room').pins;
  }

  /** The first `count` entries that aren't committed are, as one batch. */
  commit(count: number): void {
    const batch = this.#appends.filter(({ placement }) => placement === null).slice(0, count);
    const outcome = this.#give(batch.map(({ entry }) => entry));
    if (outcome.status !== 'committed') throw new Error(outcome.status);
    for (const [index, append] of batch.entries()) append.placement = outcome.placements[index] ?? null;
  }

  /** The machine hears of the first entry that is committed. */
  tell(): void {
    const placement = this.#appends[0]?.placement ?? null;
    const entry = this.#appends[0]?.entry;
    if (placement === null || entry === undefined) return;
    this.#appends.shift();
    const { id, seq } = placement;
    const outcome = { id, seq, duplicate: id !== entry.id };
    this.#perform(settle(this.state, entry, outcome, this.#context()));
    if (seq === this.state.head + 1 && id === entry.id) {
      this.#perform(apply(this.state, { ...entry, seq }, this.#context()));
    } else this.#catchUp(seq);
  }

  /** The database does the next thing for one of the reads, or the machine hears of it. */
  read(choice: number): void {
    const at = choice % Math.max(1, this.#reads.length);
    const task = this.#reads[at];
    if (task === undefined) return;
    if (task.tell === null) {
      task.tell = task.touch();
      return;
    }
    this.#reads.splice(at, 1);
    task.tell();
  }

  /** Lets everything come to its end. */
  settle(): void {
    while (this.#reads.length > 0 || this.#appends.length > 0 || this.state.head < this.log.length) {
      this.commit(100);
      this.tell();
      this.read(0);
      // Pages that are ahead of what is shown wait for that.
      if (this.#appends.length === 0) this.#catchUp(this.log.length);
    }
  }

  #give(entries: readonly LogEntry[]): AppendOutcome {
    this.#given.push(...entries);
    return this.#store.commit(entries);
  }

  #catchUp(seq: number): void {
    for (const event of this.told.slice(this.state.head, Math.max(seq, this.state.head))) {
      this.#perform(apply(this.state, asWhenNew(event), this.#context()));
    }
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: Effect): void {
    switch (effect.kind) {
      case 'append':
        this.#appends.push({ entry: effect.entry, placement: null });
        return;
      case 'find':
        this.#later(() => {
          const found = this.told.find(({ id }) => id === effect.id) ?? null;
          return () => {
            this.#perform(messageFound(this.state, effect.id, found, this.#context()));
          };
        });
        return;
      case 'read':
        this.#later(() => {
          const page = this.#page(effect.range);
          return () => {
            this.#perform(pageRead(this.state, effect.purpose, page, this.#context()));
          };
        });
        return;
      case 'select':
        this.#later(() => {
          const page = this.#selected(effect.selection);
          return () => {
            this.#perform(pageRead(this.state, effect.purpose, page, this.#context()));
          };
        });
        return;
      case 'send':
        this.watchers[effect.to]?.frame(effect.frame);
        return;
      case 'publish':
        for (const [connection, watcher] of this.watchers.entries()) {
          const own = effect.apart?.find(({ to }) => to.includes(connection));
          watcher.event((own ?? effect).frame);
        }
        return;
      default:
    }
  }

  #later(touch: Task['touch']): void {
    this.#reads.push({ touch, tell: null });
  }

  #page({ direction, seq = 0, limit: most, ofMessages = false }: ReadRange) {
    const { told } = this;
    const limit = ofMessages ? backToMessages(told.toReversed(), most) : most;
    const head = told.length;
    if (direction === 'after') {
      const events = told.slice(seq, seq + limit);
      return { events, hasMore: seq + limit < head, head };
    }
    const end = direction === 'newest' ? head : Math.max(0, seq - 1);
    const begin = Math.max(0, end - limit);
    return { events: told.slice(begin, end), hasMore: begin > 0, head };
  }

  #selected(selection: Selection) {
    const { told } = this;
    const head = told.length;
    if (selection.kind === 'events') {
      return { events: told.filter(({ id }) => selection.ids.includes(id)), hasMore: false, head };
    }
    const { root, replies } = this.#store.thread('channel:room', selection.id);
    const { before = Number.POSITIVE_INFINITY, limit } = selection;
    const wanted = replies.filter(({ seq }) => seq < before);
    const seqs = new Set([root, ...wanted.slice(-limit)].map((event) => event?.seq));
    return { events: told.filter(({ seq }) => seqs.has(seq)), hasMore: wanted.length > limit, head };
  }

  #context(): Context {
    return {
      now: 1_000 + this.#ids,
      mono: 0,
      policy: OPEN_POLICY,
      automod: NO_AUTOMOD,
      pageTexts: this.#pageTexts,
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}-`;
      },
    };
  }
}
