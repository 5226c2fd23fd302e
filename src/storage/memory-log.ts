/**
 * {@link ChannelLog} in memory, for tests and simulations. A {@link MemoryLogStore} is the database; every
 * {@link MemoryLog} is one writer's connection to it, whose appends can be made to fail in each way that a database
 * can. The same contract suite runs over it and PostgreSQL.
 */
import type {
  AppendOptions,
  AppendOutcome,
  ChannelLog,
  LoadedChannel,
  LogEntry,
  LogKey,
  LogPage,
  LogRange,
  LogRead,
  LogSelection,
  MessageVersions,
  Placement,
  StoredEvent,
  VersionRange,
} from '../shard/ports/channel-log.ts';
import { MemoryLogStore } from './memory-log-store.ts';
import { versionsWithin } from './version-page.ts';
import { backToMessages, countWithin } from './memory/page-bounds.ts';

/**
 * What is to happen to an append: `unknown-landed` and `unknown-lost` both come back as `unknown`;
 * `unknown-late` does too, and lands when {@link MemoryLog.commitLate} is called unless a fence came first.
 */
export type AppendFault = 'refused' | 'unavailable' | 'unknown-landed' | 'unknown-lost' | 'unknown-late';

/** How a {@link MemoryLog} behaves. */
export interface MemoryLogOptions {
  /** Asked before each append; null: it goes well. Default: always well. */
  readonly appendFault?: (entries: readonly LogEntry[]) => AppendFault | null;
  /** Asked before each read, load, locate and fence: true makes it fail. Default: never. */
  readonly readFault?: () => boolean;
  /** Awaited before anything happens, so that a test or a simulation decides how long calls take. Default: at once. */
  readonly pause?: () => Promise<void>;
}

const DOWN = 'the database is away (injected)';

/** One writer. Writers that share a `fenceGroup` are incarnations of one shard: a fence ends the others' late appends. */
export class MemoryLog implements ChannelLog {
  readonly #store: MemoryLogStore;
  readonly #options: MemoryLogOptions;
  readonly #fenceGroup: string;

  constructor(store: MemoryLogStore, options: MemoryLogOptions = {}, fenceGroup = 'shard') {
    this.#store = store;
    this.#options = options;
    this.#fenceGroup = fenceGroup;
  }

  async append(entries: readonly LogEntry[], options?: AppendOptions): Promise<AppendOutcome> {
    await this.#options.pause?.();
    const fault = this.#options.appendFault?.(entries) ?? null;
    switch (fault) {
      case null:
        return this.#store.commit(entries, options?.epochs);
      case 'refused':
        return { status: 'refused', reason: 'a row was refused (injected)' };
      case 'unavailable':
        return { status: 'unavailable', reason: DOWN };
      case 'unknown-landed':
        this.#store.commit(entries, options?.epochs);
        break;
      case 'unknown-late':
        this.#store.delay(this.#fenceGroup, { owner: this, entries });
        break;
      case 'unknown-lost':
        break;
    }
    return { status: 'unknown', reason: 'the connection broke (injected)' };
  }

  /** Lands what `unknown-late` held back, in order, as far as nobody fenced it; returns how many batches landed. */
  commitLate(): number {
    return this.#store.commitDelayed(this.#fenceGroup, this);
  }

  async locate(entries: readonly LogEntry[]): Promise<LogRead<readonly (Placement | null)[]>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    return { ok: true, value: entries.map((entry) => this.#store.placementOf(entry.id)) };
  }

  async read(log: LogKey, range: LogRange): Promise<LogRead<LogPage>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    return { ok: true, value: this.#page(log, range) };
  }

  async find(log: LogKey, id: string): Promise<LogRead<StoredEvent | null>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    return { ok: true, value: this.#eventsOf(log, [id])[0] ?? null };
  }

  async select(log: LogKey, selection: LogSelection): Promise<LogRead<LogPage>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    const { events: all, ...head } = this.#store.log(log);
    if (selection.kind === 'events') {
      return { ok: true, value: { ...head, events: this.#eventsOf(log, selection.ids), hasMore: false } };
    }
    if (selection.kind === 'sent') {
      const { sender, since, until, before = Number.POSITIVE_INFINITY, limit } = selection;
      const sent = all
        .filter(({ seq, type, timestamp, ...event }) => {
          if (type !== 'message:created' || event.sender !== sender || seq >= before) return false;
          return (
            timestamp >= since && timestamp <= until && !('deleted' in (JSON.parse(event.data) as object))
          );
        })
        .slice(-limit);
      return {
        ok: true,
        value: { ...head, events: this.#store.shown(log, sent), hasMore: sent.length === limit },
      };
    }
    const { id, before = Number.POSITIVE_INFINITY, limit, maxBytes } = selection;
    const { root, replies } = this.#store.thread(log, id);
    const candidates = replies.filter(({ seq }) => seq < before).reverse();
    const count = countWithin(candidates, limit, maxBytes);
    const taken = [...(root === undefined ? [] : [root]), ...candidates.slice(0, count).reverse()];
    const events = this.#store.shown(log, taken);
    return { ok: true, value: { ...head, events, hasMore: candidates.length > count } };
  }

  async versions(log: LogKey, id: string, range: VersionRange): Promise<LogRead<MessageVersions | null>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    const { before = Number.POSITIVE_INFINITY } = range;
    if (this.#eventsOf(log, [id])[0]?.type !== 'message:created') return { ok: true, value: null };
    const earlier = this.#store.versions(log, id).filter(({ version }) => version < before);
    return { ok: true, value: versionsWithin(earlier.toReversed(), range) };
  }

  async load(channelId: string, limit: number, maxBytes: number): Promise<LogRead<LoadedChannel>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    return {
      ok: true,
      value: {
        channel: this.#store.channel(channelId),
        tables: this.#store.tables(channelId),
        page: this.#page(`channel:${channelId}`, { direction: 'newest', ofMessages: true, limit, maxBytes }),
      },
    };
  }

  async fence(): Promise<LogRead<void>> {
    await this.#options.pause?.();
    if (this.#away()) return { ok: false, reason: DOWN };
    this.#store.dropDelayed(this.#fenceGroup, this);
    return { ok: true, value: undefined };
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #eventsOf(log: LogKey, ids: readonly string[]): readonly StoredEvent[] {
    const those = this.#store.log(log).events.filter(({ id }) => ids.includes(id));
    return this.#store.shown(log, those);
  }

  #away(): boolean {
    return this.#options.readFault?.() ?? false;
  }

  #page(key: LogKey, range: LogRange): LogPage {
    const { events, ...head } = this.#store.log(key);
    const below = head.floor - 1;
    const forward = range.direction === 'after';
    const candidates = forward
      ? events.slice(Math.max(0, (range.seq ?? 0) - below))
      : events
          .slice(0, range.direction === 'newest' ? events.length : Math.max(0, (range.seq ?? 1) - 1 - below))
          .reverse();
    const limit = range.ofMessages === true ? backToMessages(candidates, range.limit) : range.limit;
    const count = countWithin(candidates, limit, range.maxBytes);
    const taken = [...this.#store.shown(key, candidates.slice(0, count))];
    return { ...head, events: forward ? taken : taken.reverse(), hasMore: candidates.length > count };
  }
}
