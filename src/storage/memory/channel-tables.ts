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
import { type HeldThread, withoutReply, withReply } from '../../protocol/shadow.ts';
import { quotedText } from '../../protocol/text.ts';

/** The id of the event that added it, and whether it isn't for everyone. */
interface OneReaction {
  readonly eventId: string;
  isHidden: boolean;
}

/** By emoji in the order of coming: who reacted with it, in the order of coming. */
type Reactions = Map<string, Map<string, OneReaction>>;

interface Thread {
  /** Ids of those that weren't deleted, with the author of one that others don't see. */
  readonly replies: Map<string, string | undefined>;
  /** In full. */
  summary: HeldThread;
}

interface MessageText {
  readonly author?: unknown;
  readonly content?: string;
  readonly deleted?: true;
  readonly replyTo?: string;
  readonly shadow?: string;
  readonly shadowEdit?: { readonly content: string };
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
  /** By the id of the message: the edit that others don't see. */
  readonly #shadowEdits = new Map<string, string>();
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
  apply(change: ChannelChange, { id, timestamp }: Pick<LogEntry, 'id' | 'timestamp'>): void {
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
        this.#reply(change, id, timestamp);
        return;
      case 'shadowReaction': {
        const reaction = this.#reactions.get(change.target)?.get(change.emoji)?.get(change.user);
        if (reaction?.eventId === id) reaction.isHidden = true;
        return;
      }
      case 'shadowEdit':
        this.#shadowEdits.set(change.target, id);
    }
  }

  /** Adds or takes away a reaction; where it stands so already, the id of the event that made it so. */
  react({ target, emoji, isAdded }: Reaction, user: string, eventId: string): string | null {
    const all: Reactions = this.#reactions.get(target) ?? new Map<string, Map<string, OneReaction>>();
    const those = all.get(emoji) ?? new Map<string, OneReaction>();
    const known = those.get(user);
    if (isAdded && known !== undefined) return known.eventId;
    if (!isAdded && known === undefined) return target;
    if (isAdded) those.set(user, { eventId, isHidden: false });
    else those.delete(user);
    if (those.size > 0) all.set(emoji, those);
    else all.delete(emoji);
    this.#reactions.set(target, all);
    return null;
  }

  /** The id of the edit of that message which others don't see. */
  shadowEditOf(id: string): string | undefined {
    return this.#shadowEdits.get(id);
  }

  /**
   * `target` is amended, or gets a text that others don't see: keeps the text that is replaced, or nothing of a message that
   * is deleted.
   */
  amend(target: StoredEvent, { isFinal }: Pick<Amendment, 'isFinal'>, replacedAt: number): void {
    const { shadowEdit, content } = JSON.parse(target.data) as MessageText;
    this.#shadowEdits.delete(target.id);
    if (!isFinal) {
      if (content === undefined) return;
      const earlier = this.versions(target.id);
      const replaced = shadowEdit?.content ?? content;
      const version = { version: earlier.length + 1, content: replaced, replacedAt };
      this.#versions.set(target.id, [...earlier, version]);
      return;
    }
    this.#versions.delete(target.id);
    this.#reactions.delete(target.id);
    this.#pins.delete(target.id);
    for (const [root, thread] of this.#threads) {
      const author = thread.replies.get(target.id);
      if (!thread.replies.delete(target.id)) continue;
      const left = withoutReply(thread.summary, author);
      if (left === undefined) this.#threads.delete(root);
      else thread.summary = left;
    }
  }

  /** The message is past: nothing hangs on it any more. */
  forget(id: string): void {
    for (const those of [this.#reactions, this.#threads, this.#shadowEdits, this.#versions]) those.delete(id);
    this.#pins.delete(id);
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
    if (all.length === 0) return undefined;
    return all.map(([emoji, those]) => {
      const shadow = [...those].flatMap(([user, { isHidden }]) => (isHidden ? [user] : []));
      return { emoji, users: [...those.keys()], ...(shadow.length === 0 ? {} : { shadow }) };
    });
  }

  #threadOf(id: string): object | undefined {
    return this.#threads.get(id)?.summary;
  }

  /** The thread that the message is in, by the id of its root: itself where it is no reply. */
  rootOf(id: string): string {
    return [...this.#threads].find(([, { replies }]) => replies.has(id))?.[0] ?? id;
  }

  /** Ids of replies below the message. */
  repliesTo(root: string): ReadonlySet<string> {
    return new Set(this.#threads.get(root)?.replies.keys());
  }

  #reply({ root, shadow }: Extract<ChannelChange, { kind: 'reply' }>, id: string, timestamp: number): void {
    const known = this.#threads.get(root);
    const replies = known?.replies ?? new Map<string, string | undefined>();
    replies.set(id, shadow);
    this.#threads.set(root, { replies, summary: withReply(known?.summary, timestamp, shadow) });
  }
}

function quoteOf(event: StoredEvent, find: (id: string) => StoredEvent | undefined): object | undefined {
  const { replyTo } = JSON.parse(event.data) as MessageText;
  const quoted = replyTo === undefined ? undefined : find(replyTo);
  if (quoted?.type !== 'message:created') return undefined;
  const { author, content, deleted, shadow, shadowEdit } = JSON.parse(quoted.data) as MessageText;
  return {
    ...{ id: quoted.id, author, content: content === undefined ? content : quotedText(content), deleted },
    shadow: shadow === undefined ? undefined : true,
    shadowContent: shadowEdit === undefined ? undefined : quotedText(shadowEdit.content),
  };
}
