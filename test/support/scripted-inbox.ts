/** The inboxes of a scripted server: as much of whispers as the page needs, without a thought for what may fail. */
import type { UserRef } from '../../src/protocol/entities.ts';
import type { Failure } from '../../src/protocol/errors.ts';
import type { ReceivedFrame } from './scripted-server.ts';

interface StoredEvent {
  readonly type: string;
  readonly seq: number;
  readonly timestamp: number;
  data: Record<string, unknown> & { readonly id: string; readonly from: UserRef; readonly to: UserRef };
}

interface StoredInbox {
  readonly events: StoredEvent[];
  /** By correspondent: whispers that aren't read. */
  readonly unread: Map<string, number>;
  /** By correspondent: up to where own whispers were delivered and read. */
  readonly receipts: Map<string, { readonly delivered: number; readonly read: number }>;
  readonly blocked: Map<string, UserRef>;
  policy: string;
}

/** What the inboxes need of the server. */
export interface ScriptedInboxOptions {
  /** Sends a frame to all connections of a user but `except`. */
  readonly tell: (userId: string, frame: object, except: unknown) => void;
  /** The people whom one can whisper to. */
  readonly people: () => readonly UserRef[];
  /** ms since the epoch. */
  readonly now: () => number;
}

type Reply = (type: string, data: object) => void;

const PAGE = 50;
const NOTHING_RECEIVED = { delivered: 0, read: 0 };
const NOT_FOUND: Failure = { code: 'not_found', message: 'no such user, or they take no whispers from you' };

/** See the head of the file. */
export class ScriptedInboxes {
  readonly #options: ScriptedInboxOptions;
  readonly #inboxes = new Map<string, StoredInbox>();

  constructor(options: ScriptedInboxOptions) {
    this.#options = options;
  }

  /** Where an inbox stands. */
  summary(userId: string): object {
    const { events, unread, receipts } = this.#of(userId);
    const conversations = [...this.#conversations(userId)].map(([id, last]) => ({
      with: id,
      lastSeq: last.seq,
      unread: unread.get(id) ?? 0,
      ...(receipts.get(id) ?? NOTHING_RECEIVED),
    }));
    return { epoch: 'e', seq: events.length, unread: sum(unread), conversations };
  }

  /** Writes a whisper; the connection `except` is told nothing. Gives what its sender is answered. */
  send(
    from: UserRef,
    to: UserRef,
    content: string,
    clientMessageId?: string,
    except: unknown = null,
  ): object {
    const id = `w-${from.id}-${this.#of(from.id).events.length}`;
    const key = clientMessageId === undefined ? {} : { clientMessageId };
    return this.#append('whisper:created', { id, from, to, content, ...key }, except);
  }

  /** Answers a frame; false: it is none of an inbox. */
  answer(user: UserRef, { type, data = {} }: ReceivedFrame, reply: Reply, connection: unknown): boolean {
    const own = this.#of(user.id);
    const other = this.#find(data.to ?? data.with ?? data.user);
    switch (type) {
      case 'inbox:resume': {
        const events = own.events.filter(({ seq }) => seq > (data.recover?.seq ?? 0));
        reply('inbox:resumed', { ...this.summary(user.id), recovered: true, hasMore: false, events });
        return true;
      }
      case 'whisper:send':
        if (other === undefined || this.#of(other.id).blocked.has(user.id)) reply('error', NOT_FOUND);
        else reply('ack', this.send(user, other, data.content ?? '', data.clientMessageId, connection));
        return true;
      case 'whisper:update':
      case 'whisper:delete': {
        const target = own.events.find((event) => event.data.id === data.id);
        if (target === undefined) reply('error', NOT_FOUND);
        else reply('ack', this.#amend(target, type, data.content ?? '', connection));
        return true;
      }
      case 'whisper:history': {
        const { beforeSeq = Infinity, limit = PAGE } = data;
        const all = own.events.filter(
          (event) =>
            event.seq < beforeSeq && correspondentOf(event, user.id).id === (other?.id ?? data.with?.id),
        );
        const receipts = own.receipts.get(other?.id ?? '') ?? NOTHING_RECEIVED;
        reply('whispers', { events: all.slice(-limit), hasMore: all.length > limit, ...receipts });
        return true;
      }
      case 'whisper:conversations': {
        const items = [...this.#conversations(user.id).values()].map((last) => {
          const person = correspondentOf(last, user.id);
          return { with: person, last, unread: own.unread.get(person.id) ?? 0 };
        });
        reply('conversations', { items, hasMore: false });
        return true;
      }
      case 'whisper:delivered':
      case 'whisper:read':
        this.#mark(user, data.with?.id ?? '', data.id ?? '', type, connection);
        reply('ack', { unread: own.unread.get(data.with?.id ?? '') ?? 0, total: sum(own.unread) });
        return true;
      case 'user:block':
      case 'user:unblock':
        if (other !== undefined && type === 'user:block') own.blocked.set(other.id, other);
        else own.blocked.delete(other?.id ?? '');
        this.#options.tell(user.id, { type: `${type}ed`, data: { user: { id: other?.id } } }, connection);
        reply('ack', {});
        return true;
      case 'user:blocks':
        reply('blocks', { items: [...own.blocked.values()] });
        return true;
      case 'whisper:policy':
        own.policy = data.from ?? own.policy;
        reply('ack', { from: own.policy });
        return true;
      default:
        return false;
    }
  }

  #append(type: string, data: StoredEvent['data'], except: unknown): object {
    const { id, from, to } = data;
    const seq = this.#keep(from.id, type, data, except);
    if (to.id !== from.id) {
      this.#keep(to.id, type, data, except);
      const { unread } = this.#of(to.id);
      if (type === 'whisper:created') unread.set(from.id, (unread.get(from.id) ?? 0) + 1);
    }
    return { id, seq, delivered: true };
  }

  #keep(userId: string, type: string, data: StoredEvent['data'], except: unknown): number {
    const { events } = this.#of(userId);
    const event = { type, seq: events.length + 1, timestamp: this.#options.now(), data };
    events.push(event);
    this.#options.tell(userId, event, except);
    return event.seq;
  }

  /** The text of the first event is that of now. */
  #amend({ data: { id, from, to } }: StoredEvent, type: string, content: string, except: unknown): object {
    const editedAt = this.#options.now();
    const isDeletion = type === 'whisper:delete';
    for (const { events } of [this.#of(from.id), this.#of(to.id)]) {
      const target = events.find((event) => event.data.id === id);
      if (target === undefined) continue;
      target.data = isDeletion ? { id, from, to, deleted: true } : { ...target.data, content, editedAt };
    }
    const change = isDeletion ? {} : { content, editedAt };
    return this.#append(`${type}d`, { id, from, to, ...change }, except);
  }

  #mark(user: UserRef, other: string, id: string, type: string, except: unknown): void {
    const { events, receipts } = this.#of(other);
    const seq = events.find((event) => event.data.id === id)?.seq ?? 0;
    const { delivered, read } = receipts.get(user.id) ?? NOTHING_RECEIVED;
    const isRead = type === 'whisper:read';
    receipts.set(user.id, {
      delivered: Math.max(delivered, seq),
      read: isRead ? Math.max(read, seq) : read,
    });
    this.#options.tell(other, { type, data: { id, by: user } }, null);
    if (!isRead) return;
    const { unread } = this.#of(user.id);
    unread.delete(other);
    const counts = { with: other, unread: 0, total: sum(unread) };
    this.#options.tell(user.id, { type, data: { id, by: user, ...counts } }, except);
  }

  /** The newest whisper of each, by correspondent, newest first. */
  #conversations(userId: string): ReadonlyMap<string, StoredEvent> {
    const found = new Map<string, StoredEvent>();
    for (const event of this.#of(userId).events.toReversed()) {
      const { id } = correspondentOf(event, userId);
      if (event.type === 'whisper:created' && !found.has(id)) found.set(id, event);
    }
    return found;
  }

  #find(person: Partial<UserRef> | undefined): UserRef | undefined {
    if (person === undefined) return undefined;
    return this.#options.people().find(({ id, name }) => id === person.id || name === person.name);
  }

  #of(userId: string): StoredInbox {
    const known = this.#inboxes.get(userId);
    if (known !== undefined) return known;
    const inbox: StoredInbox = {
      events: [],
      unread: new Map(),
      receipts: new Map(),
      blocked: new Map(),
      policy: 'anyone',
    };
    this.#inboxes.set(userId, inbox);
    return inbox;
  }
}

function correspondentOf({ data: { from, to } }: StoredEvent, userId: string): UserRef {
  return from.id === userId ? to : from;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
