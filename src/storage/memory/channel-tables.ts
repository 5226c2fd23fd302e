/** What entries of one channel change beside its log: what the migration 0010_channel_state.sql does in the database. */
import type {
  Amendment,
  ChannelChange,
  ChannelTables,
  LogEntry,
  MemberRecord,
  MessageVersion,
  Reaction,
  Sanction,
  StoredEvent,
} from '../../shard/ports/channel-log.ts';
import type { ChannelSettings } from '../../protocol/channel-settings.ts';
import { quotedText } from '../../protocol/text.ts';

/** By emoji in the order of coming: who reacted with it, in the order of coming, and the ids of those events. */
type Reactions = Map<string, Map<string, string>>;

interface Thread {
  readonly replies: Set<string>;
  /** ms since the epoch, of a deleted one too. */
  lastAt: number;
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
  readonly #reactions = new Map<string, Reactions>();
  /** By the id of the root. */
  readonly #threads = new Map<string, Thread>();
  readonly #versions = new Map<string, MessageVersion[]>();

  /** As a channel's actor loads them. */
  loaded(): ChannelTables {
    return {
      settings: this.#settings,
      members: [...this.#members.values()],
      sanctions: [...this.#sanctions.values()],
      pins: [...this.#pins],
    };
  }

  /** Earlier texts of the message, oldest first. */
  versions(id: string): readonly MessageVersion[] {
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
        this.#reply(change.root, id, timestamp);
    }
  }

  /** Adds or takes away a reaction; where it stands so already, the id of the event that made it so. */
  react({ target, emoji, isAdded }: Reaction, user: string, eventId: string): string | null {
    const all = this.#reactions.get(target) ?? new Map<string, Map<string, string>>();
    const those = all.get(emoji) ?? new Map<string, string>();
    const known = those.get(user);
    if (isAdded && known !== undefined) return known;
    if (!isAdded && known === undefined) return target;
    if (isAdded) those.set(user, eventId);
    else those.delete(user);
    if (those.size > 0) all.set(emoji, those);
    else all.delete(emoji);
    this.#reactions.set(target, all);
    return null;
  }

  /** `target` is amended: keeps the text that is replaced, or nothing of a message that is deleted. */
  amend(target: StoredEvent, { isFinal }: Amendment, replacedAt: number): void {
    const { content } = JSON.parse(target.data) as MessageText;
    if (!isFinal) {
      if (content === undefined) return;
      const earlier = this.versions(target.id);
      this.#versions.set(target.id, [...earlier, { version: earlier.length + 1, content, replacedAt }]);
      return;
    }
    this.#versions.delete(target.id);
    this.#reactions.delete(target.id);
    this.#pins.delete(target.id);
    for (const [root, { replies }] of this.#threads) {
      if (replies.delete(target.id) && replies.size === 0) this.#threads.delete(root);
    }
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
    const all = [...(this.#reactions.get(id) ?? [])];
    return all.length === 0 ? undefined : all.map(([emoji, those]) => ({ emoji, users: [...those.keys()] }));
  }

  #threadOf(id: string): object | undefined {
    const thread = this.#threads.get(id);
    return thread === undefined ? undefined : { count: thread.replies.size, lastAt: thread.lastAt };
  }

  /** The thread that the message is in, by the id of its root: itself where it is no reply. */
  rootOf(id: string): string {
    return [...this.#threads].find(([, { replies }]) => replies.has(id))?.[0] ?? id;
  }

  /** Ids of replies below the message. */
  repliesTo(root: string): ReadonlySet<string> {
    return this.#threads.get(root)?.replies ?? new Set();
  }

  #reply(root: string, id: string, timestamp: number): void {
    const thread = this.#threads.get(root) ?? { replies: new Set(), lastAt: timestamp };
    thread.replies.add(id);
    thread.lastAt = Math.max(thread.lastAt, timestamp);
    this.#threads.set(root, thread);
  }
}

function quoteOf(event: StoredEvent, find: (id: string) => StoredEvent | undefined): object | undefined {
  const { replyTo } = JSON.parse(event.data) as MessageText;
  const quoted = replyTo === undefined ? undefined : find(replyTo);
  if (quoted?.type !== 'message:created') return undefined;
  const { author, content, deleted } = JSON.parse(quoted.data) as MessageText;
  return { id: quoted.id, author, content: content === undefined ? content : quotedText(content), deleted };
}
