/**
 * Inboxes of several users on shards, with logs, marks and ways between shards that are lists. Everything that takes time
 * waits until it is told to happen, in any order that real shards and databases may show; shards die and are replaced.
 */
import { attach, restore, tellState } from '../../src/inbox/connections.ts';
import type { Answer, Ask, Effect, Mark, MarkPurpose, Receipt } from '../../src/inbox/effects.ts';
import { caughtUp } from '../../src/inbox/arrivals.ts';
import { conversationRead } from '../../src/inbox/conversations.ts';
import { encodeEvent } from '../../src/inbox/frames.ts';
import { asked, type GroupPlaced, settled, vetted } from '../../src/inbox/incoming.ts';
import type { MarkedConversation } from '../../src/inbox/marks.ts';
import { answered, wayBack } from '../../src/inbox/outgoing.ts';
import { pageRead } from '../../src/inbox/pages.ts';
import { personFound } from '../../src/inbox/people.ts';
import { located, marked, receiptCame } from '../../src/inbox/receipts.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import {
  type Context,
  createInboxState,
  type InboxState,
  type LocatedWhisper,
} from '../../src/inbox/state.ts';
import { nextDeadline, tick } from '../../src/inbox/time.ts';
import type { WhisperCreated } from '../../src/protocol/inbox-events.ts';
import type { Amendment, AppendEntry, LogEntry } from '../../src/log/entry.ts';
import type { CommittedEvent } from '../../src/log/committed-event.ts';
import { failure } from '../../src/protocol/errors.ts';
import { whisperIdOf } from '../../src/protocol/whispers.ts';
import { userOf } from './channel-machine.ts';
import { InboxDevice } from './inbox-device.ts';
import { OPEN_POLICY } from './open-policy.ts';

const SHARDS = 2;
const DEVICES = 2;
const AWAY = failure('unavailable', 'away', 1_000);
const table = new Map(INBOX_COMMANDS.map((command) => [command.type as string, command]));

type Message =
  | { readonly kind: 'ask'; readonly to: string; readonly ask: Ask }
  | { readonly kind: 'answer'; readonly to: string; readonly answer: Answer }
  | { readonly kind: 'receipt'; readonly to: string; readonly receipt: Receipt };

/** Something of a shard that waits: `touch` reads or writes the database, `tell` hands the outcome to the machine. */
interface Task {
  readonly touch: () => () => void;
  tell: (() => void) | null;
}

interface Shard {
  /** Batches are committed and told in order; so are marks. */
  appends: Task[];
  marks: Task[];
  /** Reads come to an end in any order. */
  reads: Task[];
}

interface StoredEvent extends CommittedEvent {
  readonly clientMessageId?: string;
  /** What amended it last, and whether that was for good. */
  readonly amended?: { readonly seq: number; readonly isFinal: boolean };
}

export class InboxWorld {
  readonly users: readonly string[];
  readonly devices = new Map<string, readonly InboxDevice[]>();
  readonly logs = new Map<string, StoredEvent[]>();
  readonly states = new Map<string, InboxState>();
  /** What owner and correspondent have of each other, by both ids. */
  readonly #marks = new Map<string, { delivered: number; read: number }>();
  readonly #shards: Shard[] = [];
  /** By the shards that it leads from and to, both in one number. */
  readonly #ways = new Map<number, Message[]>();
  readonly #uncommitted = new Set<AppendEntry>();
  #time = 0;
  #ids = 0;

  constructor(users: readonly string[]) {
    this.users = users;
    for (let index = 0; index < SHARDS; index += 1) this.#shards.push({ appends: [], marks: [], reads: [] });
    for (const [index, user] of users.entries()) {
      this.logs.set(user, []);
      const devices = Array.from(
        { length: DEVICES },
        (_, device) => new InboxDevice(index * DEVICES + device),
      );
      this.devices.set(user, devices);
      this.#load(user);
      for (const { connection } of devices) {
        this.#perform(user, attach(this.state(user), connection, userOf(user.slice(2))));
      }
    }
  }

  state(user: string): InboxState {
    const state = this.states.get(user);
    if (state === undefined) throw new Error(`no inbox of ${user}`);
    return state;
  }

  shardOf(user: string): number {
    return this.users.indexOf(user) % SHARDS;
  }

  /** A request of one of the user's devices. */
  request(user: string, device: number, type: string, data: object, ref: string): void {
    const command = table.get(type);
    const { connection } = this.devices.get(user)?.[device] ?? {};
    if (command === undefined || connection === undefined) throw new Error(`no ${type} by ${user}`);
    const from = { connection, user: userOf(user.slice(2)) };
    const request = { from, waiter: { connection, ref }, data: data as never };
    this.#perform(user, command.handle(this.state(user), request, this.#context()));
  }

  /** The oldest message on some way comes to its inbox; false when there is none. */
  passOn(choice = 0): boolean {
    const ways = [...this.#ways.values()].filter((way) => way.length > 0);
    const message = ways[choice % Math.max(1, ways.length)]?.shift();
    if (message === undefined) return false;
    const state = this.state(message.to);
    const ctx = this.#context();
    if (message.kind === 'ask') this.#perform(message.to, asked(state, structuredClone(message.ask), ctx));
    else if (message.kind === 'answer') this.#perform(message.to, answered(state, message.answer, ctx));
    else this.#perform(message.to, receiptCame(state, message.receipt, ctx));
    return true;
  }

  /** The database does the next thing of one kind for a shard, or the shard hears of it; false when nothing waits. */
  work(kind: keyof Shard, shard: number, choice = 0): boolean {
    const tasks = this.#shards[shard % SHARDS]?.[kind] ?? [];
    // Reads in any order; of the others the first.
    const task = tasks[kind === 'reads' ? choice % Math.max(1, tasks.length) : 0];
    if (task === undefined) return false;
    // A batch may be committed before the one in front of it was told.
    const next =
      kind === 'reads' || task.tell === null ? task : (tasks.find(({ tell }) => tell === null) ?? task);
    if (next.tell === null && (next === task || choice % 2 === 0)) {
      next.tell = next.touch();
      return true;
    }
    tasks.splice(tasks.indexOf(task), 1);
    task.tell?.();
    return true;
  }

  pass(ms: number): void {
    this.#time += ms;
    for (const user of this.users) this.#perform(user, tick(this.state(user), this.#context()));
  }

  /** A shard dies with all that it had under way, and is replaced. */
  crash(shard: number): void {
    const gone = shard % SHARDS;
    for (const [way, messages] of this.#ways) {
      if (way % SHARDS === gone || Math.floor(way / SHARDS) === gone) messages.length = 0;
    }
    this.#shards[gone] = { appends: [], marks: [], reads: [] };
    for (const entry of this.#uncommitted) {
      if (this.shardOf(entry.log.slice('inbox:'.length)) === gone) this.#uncommitted.delete(entry);
    }
    for (const user of this.users.filter((one) => this.shardOf(one) === gone)) {
      const { head } = this.state(user);
      this.#load(user);
      const state = this.state(user);
      for (const event of this.logOf(user).slice(head)) {
        for (const device of this.devicesOf(user)) device.event(encodeEvent(event).json);
      }
      for (const device of this.devicesOf(user)) {
        device.restarted();
        restore(state, device.connection, userOf(user.slice(2)));
        this.#perform(user, [tellState(state, device.connection)]);
      }
    }
    for (const user of this.users.filter((one) => this.shardOf(one) !== gone)) {
      this.#perform(
        user,
        wayBack(this.state(user), (other) => this.shardOf(other) === gone),
      );
    }
  }

  /** Lets everything come to its end. */
  settle(): void {
    for (let round = 0; round < 500; round += 1) {
      const isBusy = [
        ...Array.from({ length: SHARDS }, (_, shard) =>
          (['appends', 'marks', 'reads'] as const).map((kind) => this.work(kind, shard)),
        ).flat(),
        this.passOn(round),
      ].includes(true);
      if (isBusy) continue;
      const deadlines = this.users.map((user) => nextDeadline(this.state(user))).filter((at) => at !== null);
      if (deadlines.length === 0) return;
      this.pass(Math.max(1, Math.min(...deadlines) - this.#time));
    }
    throw new Error('the inboxes never come to rest');
  }

  logOf(user: string): readonly StoredEvent[] {
    return this.logs.get(user) ?? [];
  }

  /** Whispers of the user's log, without changes of them. */
  whispersOf(user: string): readonly StoredEvent[] {
    return this.logOf(user).filter(({ type }) => type === 'whisper:created');
  }

  devicesOf(user: string): readonly InboxDevice[] {
    return this.devices.get(user) ?? [];
  }

  /** Whispers of `correspondent` that `owner` hasn't read, counted in the log. */
  unread(owner: string, correspondent: string): number {
    const { read } = this.#marksOf(owner, correspondent);
    return this.whispersOf(owner).filter(
      ({ sender, seq }) => sender === correspondent && sender !== owner && seq > read,
    ).length;
  }

  #load(user: string): void {
    const conversations = this.users
      .map((correspondent) => this.#record(user, correspondent))
      .filter(({ lastSeq }) => lastSeq > 0);
    const head = this.logOf(user).length;
    // Cy takes whispers of people in her channels only: theirs wait to be vetted.
    const policy = user === 'u-cy' ? 'shared' : 'anyone';
    const loaded = { owner: user, epoch: 'e', head, conversations, blocked: [], policy } as const;
    this.states.set(user, createInboxState(loaded, { events: 3, size: 100_000 }));
  }

  #record(owner: string, correspondent: string): MarkedConversation['state'] {
    const { delivered, read } = this.#marksOf(owner, correspondent);
    const other = this.#marksOf(correspondent, owner);
    const between = this.#between(owner, correspondent);
    return {
      correspondent,
      lastSeq: between.at(-1)?.seq ?? 0,
      unread: this.unread(owner, correspondent),
      delivered,
      read,
      sentDelivered: this.#marked(correspondent, owner, other.delivered)?.sentSeq ?? 0,
      sentRead: this.#marked(correspondent, owner, other.read)?.sentSeq ?? 0,
    };
  }

  /** Events of `owner`'s log that are between the two. */
  #between(owner: string, correspondent: string): StoredEvent[] {
    return this.whispersOf(owner).filter((event) => {
      const { from, to } = JSON.parse(event.data) as WhisperCreated;
      return owner === correspondent
        ? from.id === to.id
        : from.id === correspondent || to.id === correspondent;
    });
  }

  #marked(owner: string, correspondent: string, seq: number): { id: string; sentSeq: number } | null {
    const whisper = this.whispersOf(owner).findLast(
      (event) => event.seq <= seq && event.sender === correspondent && correspondent !== owner,
    );
    if (whisper === undefined) return null;
    const copy = this.logOf(correspondent).find(({ id }) => whisperIdOf(id) === whisper.id);
    if (copy === undefined) throw new Error(`${whisper.id} is in one inbox alone`);
    return { id: whisper.id, sentSeq: copy.seq };
  }

  #marksOf(owner: string, correspondent: string): { delivered: number; read: number } {
    return this.#marks.get(`${owner} ${correspondent}`) ?? { delivered: 0, read: 0 };
  }

  #commitMark(owner: string, { correspondent, delivered, read }: Mark): MarkedConversation {
    const old = this.#marksOf(owner, correspondent);
    const last = this.#between(owner, correspondent).at(-1)?.seq ?? 0;
    const newRead = Math.min(last, Math.max(old.read, read));
    const marks = { read: newRead, delivered: Math.min(last, Math.max(old.delivered, delivered, newRead)) };
    this.#marks.set(`${owner} ${correspondent}`, marks);
    return {
      state: this.#record(owner, correspondent),
      deliveredWhisper: this.#marked(owner, correspondent, marks.delivered),
      readWhisper: this.#marked(owner, correspondent, marks.read),
    };
  }

  #commit(entry: AppendEntry): GroupPlaced {
    const place = ({ log, id, type, sender, timestamp, data, clientMessageId, amends }: LogEntry) => {
      const events = this.logs.get(log.slice('inbox:'.length));
      if (events === undefined) throw new Error(`no log ${log}`);
      const isTwin = (event: StoredEvent) =>
        event.sender === sender && clientMessageId !== undefined && event.clientMessageId === clientMessageId;
      const known = events.find((event) => event.id === id || isTwin(event));
      if (known !== undefined) return { id: known.id, seq: known.seq, duplicate: true };
      const stood = amends === undefined ? null : amend(events, amends);
      if (stood !== null)
        return { id: stood?.id ?? id, seq: stood?.seq ?? 0, duplicate: stood !== undefined };
      const key = clientMessageId === undefined ? {} : { clientMessageId };
      events.push({ id, type, sender, timestamp, data, ...key, seq: events.length + 1 });
      return { id, seq: events.length, duplicate: false };
    };
    return { ...place(entry), companions: (entry.companions ?? []).map(place) };
  }

  #perform(user: string, effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(user, effect);
  }

  #performOne(user: string, effect: Effect): void {
    const shard = this.#shards[this.shardOf(user)];
    if (shard === undefined) throw new Error('no shard');
    const later = (tasks: Task[], touch: () => (state: InboxState) => readonly Effect[]) => {
      tasks.push({
        tell: null,
        touch: () => {
          const outcome = touch();
          return () => {
            this.#perform(user, outcome(this.state(user)));
          };
        },
      });
    };
    const devices = this.devicesOf(user);
    switch (effect.kind) {
      case 'ask':
      case 'answer':
      case 'receipt': {
        const way = this.shardOf(user) * SHARDS + this.shardOf(effect.to);
        const messages = this.#ways.get(way) ?? [];
        messages.push(effect);
        this.#ways.set(way, messages);
        return;
      }
      case 'append':
        this.#refuseTwins(effect.entry);
        later(shard.appends, () => {
          this.#uncommitted.delete(effect.entry);
          const placed = this.#commit(effect.entry);
          return (state) => settled(state, effect.entry, placed, this.#context());
        });
        return;
      case 'catchUp':
        later(shard.reads, () => {
          // A short page, so that there is more now and then; and now and then the log is away.
          const behind = this.logOf(user).slice(effect.seq);
          const page = { events: behind.slice(0, 2), hasMore: behind.length > 2 };
          this.#ids += 1;
          const result = this.#ids % 5 === 0 ? AWAY : page;
          return (state) => caughtUp(state, result, this.#context());
        });
        return;
      case 'find':
        later(shard.reads, () => {
          const { person } = effect;
          const id = 'id' in person ? person.id : `u-${person.name}`;
          const found = this.users.includes(id) ? { id, name: id.slice(2) } : null;
          return (state) => personFound(state, effect.purpose, found, this.#context());
        });
        return;
      case 'locate':
        later(shard.reads, () => {
          const event = this.whispersOf(user).find(({ id }) => whisperIdOf(id) === effect.id);
          const found = event === undefined ? null : this.#locatedIn(user, event);
          return (state) => located(state, effect.with, found, effect.purpose, this.#context());
        });
        return;
      case 'vet':
        later(shard.reads, () => (state) => vetted(state, effect.user, true, this.#context()));
        return;
      case 'mark':
        later(shard.marks, () => {
          const result = this.#commitMark(user, effect.mark);
          const purpose: MarkPurpose = effect.purpose;
          return (state) => marked(state, effect.mark, purpose, result, this.#context());
        });
        return;
      case 'send':
        devices.find(({ connection }) => connection === effect.to)?.frame(effect.frame);
        return;
      case 'publish':
        for (const device of devices)
          if (!effect.except.includes(device.connection)) device.event(effect.frame);
        return;
      case 'broadcast':
        for (const device of devices)
          if (!effect.except.includes(device.connection)) device.frame(effect.frame);
        return;
      case 'state':
        devices
          .find(({ connection }) => connection === effect.to)
          ?.frame(`{"type":"inbox:state","timestamp":0,"data":${effect.data}}`);
        return;
      case 'read':
        later(shard.reads, () => {
          // The newest ones, as they are now.
          const events = this.logOf(user).slice(-effect.range.limit);
          const page = { events, hasMore: events.length < this.logOf(user).length };
          return (state) => pageRead(state, effect.purpose, page, this.#context());
        });
        return;
      case 'query': {
        const { query, waiter } = effect;
        if (query.kind !== 'conversation') throw new Error(`nobody asks for ${query.kind} here`);
        later(shard.reads, () => {
          const events = this.#between(user, query.correspondent);
          const page = { events, hasMore: false, marks: { sentDelivered: 0, sentRead: 0 } };
          return (state) => conversationRead(state, waiter, page, this.#context());
        });
        return;
      }
      case 'change':
        throw new Error(`nobody asks for ${effect.kind} here`);
    }
  }

  /** A batch takes no two of a kind. */
  #refuseTwins(entry: AppendEntry): void {
    for (const { log, id, sender, clientMessageId } of this.#uncommitted) {
      const isTwin =
        log === entry.log &&
        sender === entry.sender &&
        clientMessageId !== undefined &&
        clientMessageId === entry.clientMessageId;
      if (id === entry.id || isTwin) throw new Error(`${entry.id} is to be written beside its twin`);
    }
    this.#uncommitted.add(entry);
  }

  #locatedIn(owner: string, { seq, data }: StoredEvent): LocatedWhisper {
    const { from, to } = JSON.parse(data) as WhisperCreated;
    const sent = from.id === owner;
    return { correspondent: sent ? to.id : from.id, seq, sent, data };
  }

  #context(): Context {
    return {
      now: 1_700_000_000_000 + this.#time,
      mono: this.#time,
      policy: OPEN_POLICY,
      unreadLimit: null,
      isBanned: () => false,
      newId: () => {
        this.#ids += 1;
        return `w-${this.#ids}`;
      },
    };
  }
}

/**
 * Rewrites what an entry amends, which is the next one of the log: null. Else the event that made it stand so already, or
 * undefined where there is nothing to amend.
 */
function amend(
  events: StoredEvent[],
  { id, data, superseded, isFinal }: Amendment,
): StoredEvent | undefined | null {
  const target = events.find((event) => event.id === id);
  if (target === undefined) return undefined;
  const text = (json: string) => JSON.stringify({ ...(JSON.parse(json) as object), editedAt: 0 });
  const rewrite = (event: StoredEvent) => {
    events[event.seq - 1] = event;
  };
  const latest = events[(target.amended?.seq ?? 0) - 1];
  if (text(target.data) === text(data)) return latest ?? target;
  if (target.amended?.isFinal === true) return undefined;
  rewrite({ ...target, data, amended: { seq: events.length + 1, isFinal } });
  if (latest !== undefined) rewrite({ ...latest, data: superseded });
  return null;
}
