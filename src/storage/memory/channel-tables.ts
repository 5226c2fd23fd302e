/** What entries of one channel change beside its log: what the migration 0010_channel_state.sql does in the database. */
import type {
  Amendment,
  ChannelChange,
  ChannelTables,
  LogEntry,
  MemberRecord,
  Placement,
  Reaction,
  Sanction,
  StoredEvent,
} from '../../shard/ports/channel-log.ts';
import type { ChannelSettings } from '../../protocol/channel-settings.ts';

/** Code units of a message that a quote of it tells. */
const QUOTE_LENGTH = 200;

interface AddedReaction {
  readonly emoji: string;
  readonly user: string;
  readonly eventId: string;
}

interface Reply {
  readonly root: string;
  readonly timestamp: number;
}

interface MessageText {
  readonly author?: unknown;
  readonly content?: string;
  readonly deleted?: true;
  readonly replyTo?: string;
}

/** See the head of the file. */
export class MemoryChannelTables {
  #settings: Partial<ChannelSettings> = {};
  readonly #members = new Map<string, MemberRecord>();
  /** By kind and user. */
  readonly #sanctions = new Map<string, Sanction>();
  readonly #pins = new Set<string>();
  /** By the id of the message. */
  readonly #reactions = new Map<string, AddedReaction[]>();
  /** By the id of the reply. */
  readonly #replies = new Map<string, Reply>();
  readonly #versions = new Map<string, string[]>();

  /** As a channel's actor loads them. */
  loaded(isPrivate: boolean): ChannelTables {
    return {
      settings: this.#settings,
      members: [...this.#members.values()].filter(({ role }) => isPrivate || role !== 'member'),
      sanctions: [...this.#sanctions.values()],
      pins: [...this.#pins],
    };
  }

  /** Earlier texts of the message, oldest first. */
  versions(id: string): readonly string[] {
    return this.#versions.get(id) ?? [];
  }

  /** Makes one change of `entry`, which has landed. */
  apply(change: ChannelChange, { id, timestamp }: LogEntry): void {
    switch (change.kind) {
      case 'channel':
        this.#settings = { ...this.#settings, ...change.settings };
        return;
      case 'member': {
        const { user, name, role } = change;
        const joinedAt = this.#members.get(user)?.joinedAt ?? timestamp;
        if (role === null) this.#members.delete(user);
        else this.#members.set(user, { user, name, role, joinedAt });
        return;
      }
      case 'sanction': {
        const { kind, user } = change.sanction;
        // The newest one stands last, as it does in the table.
        this.#sanctions.delete(`${kind} ${user}`);
        this.#sanctions.set(`${kind} ${user}`, change.sanction);
        return;
      }
      case 'pardon':
        this.#sanctions.delete(`${change.sanction} ${change.user}`);
        return;
      case 'pin':
        if (change.isPinned) this.#pins.add(change.target);
        else this.#pins.delete(change.target);
        return;
      case 'reply':
        this.#replies.set(id, { root: change.root, timestamp });
    }
  }

  /** Adds or takes away a reaction; where it stands so already, the id of the event that made it so. */
  react({ target, emoji, isAdded }: Reaction, user: string, eventId: string): string | null {
    const all = this.#reactions.get(target) ?? [];
    const known = all.find((one) => one.emoji === emoji && one.user === user);
    if (isAdded && known !== undefined) return known.eventId;
    if (!isAdded && known === undefined) return target;
    this.#reactions.set(
      target,
      isAdded ? [...all, { emoji, user, eventId }] : all.filter((one) => one !== known),
    );
    return null;
  }

  /** `target` is amended: keeps the text that is replaced, or nothing of a message that is deleted. */
  amend(target: StoredEvent, { isFinal }: Amendment): void {
    const { content } = JSON.parse(target.data) as MessageText;
    if (!isFinal) {
      if (content !== undefined) this.#versions.set(target.id, [...this.versions(target.id), content]);
      return;
    }
    this.#versions.delete(target.id);
    this.#reactions.delete(target.id);
    this.#pins.delete(target.id);
    this.#replies.delete(target.id);
  }

  /** The event as pages have it; `find` looks for one of the same log. */
  shown(event: StoredEvent, find: (id: string) => StoredEvent | undefined): StoredEvent {
    if (event.type !== 'message:created') return event;
    const extras = Object.entries({
      reactions: this.#reactionsOf(event.id),
      quote: quoteOf(event, find),
      thread: this.#threadOf(event.id),
    }).filter(([, value]) => value !== undefined);
    if (extras.length === 0) return event;
    return {
      ...event,
      data: `${event.data.slice(0, -1)},${JSON.stringify(Object.fromEntries(extras)).slice(1)}`,
    };
  }

  #reactionsOf(id: string): object | undefined {
    const all = this.#reactions.get(id) ?? [];
    if (all.length === 0) return undefined;
    const byEmoji = Map.groupBy(all, ({ emoji }) => emoji);
    return [...byEmoji].map(([emoji, those]) => ({ emoji, users: those.map(({ user }) => user) }));
  }

  #threadOf(id: string): object | undefined {
    const times = [...this.#replies.values()]
      .filter(({ root }) => root === id)
      .map(({ timestamp }) => timestamp);
    return times.length === 0 ? undefined : { count: times.length, lastAt: Math.max(...times) };
  }
}

/** Where an entry that reacts stands instead of landing; null: it lands. */
export function reactionPlacement(
  { id, sender, reacts }: LogEntry,
  tables: MemoryChannelTables,
  target: StoredEvent | undefined,
  isFinal: boolean,
  find: (id: string) => StoredEvent | undefined,
): Placement | null {
  if (reacts === undefined) return null;
  if (target?.type !== 'message:created' || isFinal) return { id, seq: 0, duplicate: false };
  const known = tables.react(reacts, sender, id);
  if (known === null) return null;
  return { id: known, seq: find(known)?.seq ?? 0, duplicate: true };
}

function quoteOf(event: StoredEvent, find: (id: string) => StoredEvent | undefined): object | undefined {
  const { replyTo } = JSON.parse(event.data) as MessageText;
  const quoted = replyTo === undefined ? undefined : find(replyTo);
  if (quoted?.type !== 'message:created') return undefined;
  const { author, content, deleted } = JSON.parse(quoted.data) as MessageText;
  return { id: quoted.id, author, content: content?.slice(0, QUOTE_LENGTH), deleted };
}
