/** What MemoryLogs share: the "database" of tests and simulations. It numbers, like PostgreSQL does. */
import type {
  AppendOutcome,
  ChannelChange,
  ChannelRecord,
  ChannelTables,
  LogEntry,
  LogKey,
  MessageVersion,
  Placement,
  StoredEvent,
} from '../shard/ports/channel-log.ts';
import { isStorableJson } from '../protocol/text.ts';
import { amendedBy, type AmendedEvent } from './memory/amended-event.ts';
import { MemoryAuditLog } from './memory/memory-audit-log.ts';
import { MemoryChannelTables } from './memory/channel-tables.ts';
import { ownerOf, whisperOf } from './memory/whisper-of.ts';

/** An append whose connection broke and that has not reached the database yet. */
export interface DelayedAppend {
  /** The writer that sent it. */
  readonly owner: object;
  readonly entries: readonly LogEntry[];
}

interface StoredLog {
  readonly epoch: string;
  readonly events: StoredEvent[];
  readonly byClientMessageId: Map<string, StoredEvent>;
  /** By the `seq` of the event. */
  readonly amended: Map<number, AmendedEvent>;
  /** The first event that is shown: those below are past. */
  floor: number;
  /** Events below have no text any more. */
  swept: number;
}

/** A log as it is read: those of its events that aren't past, oldest first. */
export interface ReadLog {
  readonly epoch: string;
  readonly head: number;
  readonly floor: number;
  readonly events: readonly StoredEvent[];
}

/** Logs and channel records. `epoch` is the database's: every log's epoch until something resets that log. */
export class MemoryLogStore {
  readonly #epoch: string;
  /** Of channels that were purged: the epoch that their ids have next. */
  readonly #epochs = new Map<LogKey, string>();
  /** Logs of channels that were deleted and not purged. */
  readonly #deleted = new Map<string, StoredLog | undefined>();
  readonly #logs = new Map<LogKey, StoredLog>();
  readonly #byId = new Map<string, StoredEvent>();
  readonly #channels = new Map<string, ChannelRecord>();
  readonly #tables = new Map<LogKey, MemoryChannelTables>();
  readonly #delayed = new Map<string, DelayedAppend[]>();
  /** Where acts of entries are kept. */
  readonly audit: MemoryAuditLog;

  constructor(epoch = 'memory', audit = new MemoryAuditLog()) {
    this.#epoch = epoch;
    this.audit = audit;
  }

  /** Adds a channel's record, as a directory's `create` would; one that exists stays. */
  addChannel(channel: ChannelRecord): void {
    if (!this.#channels.has(channel.id)) this.#channels.set(channel.id, channel);
  }

  /** Makes a channel with its owner, as a directory does; false when one has the id. */
  create(
    channel: Omit<ChannelRecord, 'deleted'>,
    by: { readonly id: string; readonly name: string },
    at: number,
  ): boolean {
    if (this.#channels.has(channel.id)) return false;
    this.addChannel(channel);
    const change = { kind: 'member', user: by.id, name: by.name, role: 'owner' } as const;
    this.#tablesOf(`channel:${channel.id}`).apply(change, { id: '', timestamp: at });
    return true;
  }

  /** As delete_channel does in the database. */
  deleteChannel(id: string, purge: boolean): boolean {
    const record = this.#channels.get(id);
    if (record === undefined || (record.deleted === true && !purge)) return false;
    const key: LogKey = `channel:${id}`;
    if (purge) {
      this.#epochs.set(key, `${this.log(key).epoch}+`);
      this.#channels.delete(id);
      this.#tables.delete(key);
      this.#deleted.delete(id);
    } else {
      this.#channels.set(id, { ...record, deleted: true });
      this.#deleted.set(id, this.#logs.get(key));
    }
    this.#logs.delete(key);
    return true;
  }

  /** As restore_channel does. */
  restoreChannel(id: string): boolean {
    const record = this.#channels.get(id);
    if (record?.deleted !== true) return false;
    const kept: ChannelRecord = { ...record };
    Reflect.deleteProperty(kept, 'deleted');
    const log = this.#deleted.get(id);
    if (log !== undefined) this.#logs.set(`channel:${id}`, log);
    this.#deleted.delete(id);
    this.#channels.set(id, kept);
    return true;
  }

  /** Logs of `entries` whose channels are deleted, or have other epochs than these. */
  gone(entries: readonly LogEntry[], epochs: ReadonlyMap<LogKey, string> = new Map()): readonly LogKey[] {
    const keys = [...new Set(entries.map(({ log }) => log))];
    return keys.filter((key) => {
      if (!key.startsWith('channel:')) return false;
      if (this.#channels.get(key.slice('channel:'.length))?.deleted === true) return true;
      const epoch = this.#epochs.get(key);
      return epoch !== undefined && (epochs.get(key) ?? epoch) !== epoch;
    });
  }

  /** A channel's record. */
  channel(id: string): ChannelRecord | null {
    return this.#channels.get(id) ?? null;
  }

  /** Ids of all channels that have a record. */
  channelIds(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** A log's events; an empty one when nobody wrote. */
  log(key: LogKey): ReadLog {
    const log = this.#logs.get(key);
    return log === undefined
      ? { epoch: this.#epochs.get(key) ?? this.#epoch, head: 0, floor: 1, events: [] }
      : readOf(log);
  }

  /** Logs of channels, also of deleted ones that could be restored, in the order of their keys in the database. */
  retainedLogs(): readonly { readonly key: string; readonly channelId: string; readonly log: ReadLog }[] {
    return [...this.#channelLogs()]
      .map(([key, channelId, log]) => ({ key, channelId, log: readOf(log) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** What lies below `floor` in the channel's log is past. */
  raiseFloor(channelId: string, floor: number): void {
    for (const [, id, log] of this.#channelLogs()) {
      if (id !== channelId) continue;
      const past = new Set(log.events.slice(log.floor - 1, floor - 1).map((event) => event.id));
      log.floor = floor;
      for (const { seq, type, data } of log.events.slice(floor - 1)) {
        if (type !== 'message:updated') continue;
        const { id: target, shadow } = JSON.parse(data) as { readonly id: string; readonly shadow?: string };
        if (past.has(target)) this.#rewrite(log, seq, JSON.stringify({ id: target, shadow }));
      }
    }
  }

  /**
   * Removes what is left below floors, of each log `most` events at most; younger ones than `forgottenBefore` only lose their
   * text. How many were changed.
   */
  removeBelowFloors(most: number, forgottenBefore: number): number {
    let total = 0;
    for (const [, id, log] of this.#channelLogs()) {
      const upTo = Math.min(log.floor, log.swept + most);
      for (const event of log.events.slice(log.swept - 1, upTo - 1)) {
        this.#rewrite(log, event.seq, '{}');
        this.#tablesOf(`channel:${id}`).forget(event.id);
        total += 1;
      }
      log.swept = upTo;
      for (const event of log.events.slice(0, upTo - 1)) {
        if (event.timestamp >= forgottenBefore || !this.#byId.delete(event.id)) continue;
        const clientKey = clientKeyOf(event);
        if (clientKey !== null) log.byClientMessageId.delete(clientKey);
        total += 1;
      }
    }
    return total;
  }

  *#channelLogs(): Iterable<readonly [key: string, channelId: string, log: StoredLog]> {
    for (const [key, log] of this.#logs) {
      if (key.startsWith('channel:')) yield [key, key.slice('channel:'.length), log];
    }
    for (const [id, log] of this.#deleted) if (log !== undefined) yield [`deleted:/${id}`, id, log];
  }

  /** Where the message stands that its sender calls so, be it past. */
  sent(
    key: LogKey,
    sender: string,
    clientMessageId: string,
  ): { readonly id: string; readonly seq: number } | null {
    const found = this.#logs.get(key)?.byClientMessageId.get(clientKey(sender, clientMessageId));
    return found === undefined ? null : { id: found.id, seq: found.seq };
  }

  /** What the entries of a channel have changed beside its log. */
  tables(channelId: string): ChannelTables {
    const key: LogKey = `channel:${channelId}`;
    const tables = this.#tablesOf(key).loaded();
    const { floor } = this.log(key);
    return { ...tables, pins: tables.pins.filter((id) => (this.#byId.get(id)?.seq ?? 0) >= floor) };
  }

  /** Earlier texts of a message, oldest first. */
  versions(log: LogKey, id: string): readonly MessageVersion[] {
    return this.#tablesOf(log).versions(id);
  }

  /** The thread that the message `id` is in: its root, undefined where there is no such message, and the replies. */
  thread(
    key: LogKey,
    id: string,
  ): { readonly root: StoredEvent | undefined; readonly replies: readonly StoredEvent[] } {
    const tables = this.#tablesOf(key);
    const named = this.#inLog(key, id)?.type === 'message:created' ? tables.rootOf(id) : id;
    const root = this.#inLog(key, named) ?? this.#inLog(key, id);
    if (root?.type !== 'message:created') return { root: undefined, replies: [] };
    const ids = tables.repliesTo(root.id);
    return { root, replies: this.log(key).events.filter((event) => ids.has(event.id)) };
  }

  /** `events` of a log as pages have them. */
  shown(key: LogKey, events: readonly StoredEvent[]): readonly StoredEvent[] {
    const tables = this.#tables.get(key);
    return tables === undefined
      ? events
      : events.map((event) => tables.shown(event, (id) => this.#inLog(key, id)));
  }

  /** Keys of every log that holds something. */
  keys(): readonly LogKey[] {
    return [...this.#logs.keys()];
  }

  /** Where the event `id` stands, as a duplicate. */
  placementOf(id: string): Placement | null {
    const event = this.#byId.get(id);
    return event === undefined ? null : { id: event.id, seq: event.seq, duplicate: true };
  }

  /** One transaction: all entries land or none does. Ids that exist are found with and without `retry`. */
  commit(entries: readonly LogEntry[], epochs?: ReadonlyMap<LogKey, string>): AppendOutcome {
    const gone = this.gone(entries, epochs);
    if (gone.length > 0) return { status: 'gone', logs: gone };
    const problem = this.#problem(entries);
    if (problem !== null) return { status: 'refused', reason: problem };
    // What is amended landed before.
    const heads = new Map(entries.map(({ log }) => [log, this.log(log).head]));
    const lost = new Set<string>();
    const placements = entries.map((entry) => {
      const head = heads.get(entry.log) ?? 0;
      const placed =
        entry.rides !== undefined && lost.has(entry.rides)
          ? { id: entry.id, seq: 0, duplicate: false }
          : (this.#amend(entry, head) ?? this.#aboutMessage(entry, head) ?? this.#place(entry));
      if (placed.seq === 0) lost.add(entry.id);
      return placed;
    });
    entries.forEach((entry, index) => {
      const landed = placements[index];
      if (landed !== undefined && landed.seq > 0 && !landed.duplicate) this.#keep(entry);
    });
    return { status: 'committed', placements };
  }

  #keep({ audit, log, sender, timestamp }: LogEntry): void {
    if (audit === undefined) return;
    const channel = log.startsWith('channel:') ? { channel: log.slice('channel:'.length) } : {};
    this.audit.add({ ...audit, at: timestamp, actor: sender, ...channel });
  }

  /** Keeps an append of `group` for {@link commitDelayed}. */
  delay(group: string, append: DelayedAppend): void {
    this.#delayed.set(group, [...(this.#delayed.get(group) ?? []), append]);
  }

  /** Commits what `owner` has delayed; how many batches landed. */
  commitDelayed(group: string, owner: object): number {
    const all = this.#delayed.get(group) ?? [];
    this.#delayed.set(
      group,
      all.filter((append) => append.owner !== owner),
    );
    // A delayed batch that was sent again meanwhile is refused here, as PostgreSQL's unique ids refuse it.
    return all.filter(
      (append) => append.owner === owner && this.commit(append.entries).status === 'committed',
    ).length;
  }

  /** Drops what others than `owner` have delayed in `group`. */
  dropDelayed(group: string, owner: object): void {
    const all = this.#delayed.get(group) ?? [];
    this.#delayed.set(
      group,
      all.filter((append) => append.owner === owner),
    );
  }

  #problem(entries: readonly LogEntry[]): string | null {
    const ids = new Set<string>();
    const clientIds = new Set<string>();
    for (const entry of entries) {
      const problem = entryProblem(entry);
      if (problem !== null) return problem;
      if (ids.has(entry.id)) return `two entries have the id ${entry.id}`;
      ids.add(entry.id);
      const clientKey = clientKeyOf(entry);
      if (clientKey !== null) {
        const key = `${entry.log}\0${clientKey}`;
        if (clientIds.has(key)) return `two entries have the clientMessageId ${entry.clientMessageId ?? ''}`;
        clientIds.add(key);
      }
    }
    return null;
  }

  /** Rewrites what `entry` amends; null when it is to land, else where it stands instead. */
  #amend({ id, log: key, amends, timestamp }: LogEntry, head: number): Placement | null {
    if (amends === undefined || this.#byId.has(id)) return null;
    const log = this.#logs.get(key);
    const target = this.#inLog(key, amends.id);
    if (log === undefined || target === undefined || target.seq > head) {
      return { id, seq: 0, duplicate: false };
    }
    const before = log.amended.get(target.seq);
    const after = amendedBy(amends, target, before, log.events.length + 1);
    if (after === null) return { id, seq: 0, duplicate: false };
    if (after === 'so already') {
      const seq = before?.latestSeq ?? target.seq;
      return { id: log.events[seq - 1]?.id ?? id, seq, duplicate: true };
    }
    if (key.startsWith('channel:')) {
      this.#endShadowEdit(log, key, target);
      this.#tablesOf(key).amend(target, amends, timestamp);
    }
    log.amended.set(target.seq, after);
    this.#rewrite(log, target.seq, amends.data);
    if (before !== undefined) this.#rewrite(log, before.latestSeq, amends.superseded);
    return null;
  }

  /** Reacts to the message that `entry` needs; null when it is to land, else where it stands instead. */
  #aboutMessage(entry: LogEntry, head: number): Placement | null {
    const { id, log: key, sender, reacts, needs = reacts?.target } = entry;
    if (needs === undefined || this.#known(entry) !== undefined) return null;
    const target = this.#inLog(key, needs);
    const stands =
      target?.type === 'message:created' &&
      target.seq <= head &&
      this.#logs.get(key)?.amended.get(target.seq)?.isFinal !== true;
    if (!stands) return { id, seq: 0, duplicate: false };
    const known = reacts === undefined ? null : this.#tablesOf(key).react(reacts, sender, id);
    return known === null ? null : { id: known, seq: this.#byId.get(known)?.seq ?? 0, duplicate: true };
  }

  #inLog(key: LogKey, id: string): StoredEvent | undefined {
    const event = this.#byId.get(id);
    const log = this.#logs.get(key);
    if (event === undefined || log === undefined || event.seq < log.floor) return undefined;
    return log.events[event.seq - 1] === event ? event : undefined;
  }

  #tablesOf(key: LogKey): MemoryChannelTables {
    const known = this.#tables.get(key) ?? new MemoryChannelTables();
    this.#tables.set(key, known);
    return known;
  }

  /** Makes the changes of an entry that landed, those of the channel's record too. */
  #change(entry: LogEntry): void {
    const id = entry.log.slice('channel:'.length);
    for (const change of entry.changes ?? []) {
      const record = this.channel(id);
      if (change.kind === 'channel' && record !== null) {
        const { name = record.name, topic = record.topic, private: isPrivate = record.private } = change;
        const { description = record.description } = change;
        this.#channels.set(id, {
          ...{ id, name, private: isPrivate },
          ...(topic === null || topic === undefined ? {} : { topic }),
          ...(description === null || description === undefined ? {} : { description }),
        });
      }
      if (change.kind === 'shadowEdit') this.#shadowEdit(entry, change);
      this.#tablesOf(entry.log).apply(change, entry);
    }
  }

  #shadowEdit(
    { log: key, timestamp }: LogEntry,
    change: Extract<ChannelChange, { kind: 'shadowEdit' }>,
  ): void {
    const log = this.#logs.get(key);
    const target = this.#inLog(key, change.target);
    if (log === undefined || target === undefined) return;
    this.#endShadowEdit(log, key, target);
    this.#tablesOf(key).amend(target, { isFinal: false }, timestamp);
    const data = { ...(JSON.parse(target.data) as object), shadowEdit: change.text };
    this.#rewrite(log, target.seq, JSON.stringify(data));
  }

  /** The edit of the message that others don't see, if there is one, has no text any more. */
  #endShadowEdit(log: StoredLog, key: LogKey, { id }: StoredEvent): void {
    const edit = this.#inLog(key, this.#tablesOf(key).shadowEditOf(id) ?? '');
    if (edit === undefined) return;
    const { shadow } = JSON.parse(edit.data) as { readonly shadow?: string };
    this.#rewrite(log, edit.seq, JSON.stringify({ id, shadow }));
  }

  /** Gives an event another text. Pages that were read hold it as it was, so it becomes another object. */
  #rewrite(log: StoredLog, seq: number, data: string): void {
    const old = log.events[seq - 1];
    if (old === undefined) return;
    const event = { ...old, data };
    log.events[seq - 1] = event;
    this.#byId.set(event.id, event);
    const { clientMessageId: key, sender } = event;
    if (key !== undefined) log.byClientMessageId.set(clientKey(sender, key), event);
  }

  /** The event that `entry`, or one with its client's id, has become. */
  #known(entry: LogEntry): StoredEvent | undefined {
    const clientKey = clientKeyOf(entry);
    return (
      this.#byId.get(entry.id) ??
      (clientKey === null ? undefined : this.#logs.get(entry.log)?.byClientMessageId.get(clientKey))
    );
  }

  #place(entry: LogEntry): Placement {
    const clientKey = clientKeyOf(entry);
    const known = this.#known(entry);
    if (known !== undefined) return { id: known.id, seq: known.seq, duplicate: true };
    const log = this.#open(entry.log);
    const event: StoredEvent = {
      id: entry.id,
      type: entry.type,
      sender: entry.sender,
      ...(clientKey === null ? {} : { clientMessageId: entry.clientMessageId }),
      seq: log.events.length + 1,
      timestamp: entry.timestamp,
      data: entry.data,
    };
    log.events.push(event);
    this.#byId.set(event.id, event);
    if (clientKey !== null) log.byClientMessageId.set(clientKey, event);
    this.#change(entry);
    return { id: event.id, seq: event.seq, duplicate: false };
  }

  #open(key: LogKey): StoredLog {
    let log = this.#logs.get(key);
    if (log === undefined) {
      log = {
        epoch: this.#epochs.get(key) ?? this.#epoch,
        events: [],
        byClientMessageId: new Map(),
        amended: new Map(),
        floor: 1,
        swept: 1,
      };
      this.#logs.set(key, log);
      if (key.startsWith('channel:')) {
        const id = key.slice('channel:'.length);
        this.addChannel({ id, name: id, private: false });
      }
    }
    return log;
  }
}

function readOf({ epoch, events, floor }: StoredLog): ReadLog {
  return { epoch, head: events.length, floor, events: floor === 1 ? events : events.slice(floor - 1) };
}

/**
 * What PostgresLog refuses of an entry: U+0000, lone surrogates (they have no UTF-8), U+001F, data that isn't JSON, a
 * whisper of an inbox's owner to nobody.
 */
function entryProblem(entry: LogEntry): string | null {
  const { amends, reacts, needs, changes } = entry;
  const texts = [entry.log, entry.id, entry.type, entry.sender, entry.clientMessageId ?? '', entry.data];
  if (amends !== undefined) texts.push(amends.id, amends.data, amends.superseded);
  if (texts.some((text) => text.includes('\0'))) return 'a text holds U+0000';
  if (texts.some((text) => text.includes('\x1f'))) return 'a text holds U+001F';
  if (texts.some((text) => !text.isWellFormed())) return 'a text is not well-formed Unicode';
  if (!isStorableJson(JSON.stringify([reacts, needs, changes])))
    return 'a text of what it changes is not storable';
  try {
    JSON.parse(entry.data);
    if (amends !== undefined) [amends.data, amends.superseded].forEach((data) => void JSON.parse(data));
  } catch {
    return 'data is not JSON';
  }
  const owner = ownerOf(entry.log);
  if (owner === null || entry.type !== 'whisper:created' || whisperOf(owner, entry) !== null) return null;
  return 'a whisper has no recipient';
}

/** An empty clientMessageId counts as none. */
function clientKeyOf(entry: Pick<LogEntry, 'sender' | 'clientMessageId'>): string | null {
  const id = entry.clientMessageId;
  return id === undefined || id === '' ? null : clientKey(entry.sender, id);
}

function clientKey(sender: string, clientMessageId: string): string {
  return `${sender}\0${clientMessageId}`;
}
