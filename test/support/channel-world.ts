/**
 * One channel's machine with its log, and those who watch. What takes time waits until it is told to happen, in any order
 * that a real shard and database may show; another server writes into the same log.
 */
import { NO_AUTOMOD } from '../../src/automod/automod.ts';
import { messageFound } from '../../src/channel/changes.ts';
import { missingRequirement } from '../../src/channel/command.ts';
import type { Effect } from '../../src/channel/effects.ts';
import { apply, pageRead, settle } from '../../src/channel/log-events.ts';
import { changeEntry, type MessageData } from '../../src/channel/message-change.ts';
import { PageTexts } from '../../src/channel/page-texts.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { type ChannelState, type Context, createChannelState } from '../../src/channel/state.ts';
import type { AppendEntry, ReadRange } from '../../src/log/entry.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import type { Placement, StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
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
    this.#store.commit([
      changeEntry('channel:room', { id: `there-${this.#ids}`, message, content, by, timestamp: this.#ids }),
    ]);
  }

  /** The first `count` entries that aren't committed are, as one batch. */
  commit(count: number): void {
    const batch = this.#appends.filter(({ placement }) => placement === null).slice(0, count);
    const outcome = this.#store.commit(batch.map(({ entry }) => entry));
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
    while (this.#reads.length > 0 || this.#appends.length > 0) {
      this.commit(100);
      this.tell();
      this.read(0);
    }
    this.#catchUp(this.log.length);
  }

  #catchUp(seq: number): void {
    for (const event of this.log.slice(this.state.head, Math.max(seq, this.state.head))) {
      this.#perform(apply(this.state, event, this.#context()));
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
          const found = this.log.find(({ id }) => id === effect.id) ?? null;
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
      case 'send':
        this.watchers[effect.to]?.frame(effect.frame);
        return;
      case 'publish':
        for (const watcher of this.watchers) watcher.event(effect.frame);
        return;
      default:
    }
  }

  #later(touch: Task['touch']): void {
    this.#reads.push({ touch, tell: null });
  }

  #page({ direction, seq = 0, limit }: ReadRange) {
    const { log } = this;
    if (direction === 'after') {
      const events = log.slice(seq, seq + limit);
      return { events, hasMore: seq + limit < log.length };
    }
    const end = direction === 'newest' ? log.length : Math.max(0, seq - 1);
    const begin = Math.max(0, end - limit);
    return { events: log.slice(begin, end), hasMore: begin > 0 };
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
