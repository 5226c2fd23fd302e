/**
 * {@link InboxStore} in memory, for tests and simulations; the same contract suite runs over it and PostgreSQL. What
 * PostgreSQL keeps of conversations is read out of the logs of a {@link MemoryLogStore} here.
 */
import type { Role, UserRef } from '../../protocol/entities.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { nameKey } from '../../protocol/text.ts';
import { sentCopyId, type WhisperPolicy } from '../../protocol/whispers.ts';
import type { LogKey, StoredEvent } from '../../shard/ports/channel-log.ts';
import type {
  ConversationList,
  ConversationMarks,
  ConversationState,
  InboxMark,
  InboxOwner,
  InboxStore,
  LoadedInbox,
  MarkedConversation,
  MarkedWhisper,
  PersonKey,
  TargetPerson,
  WhisperPage,
  WhisperPlace,
  WhisperRange,
} from '../../shard/ports/inbox-store.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';
import { countWithin } from './page-bounds.ts';
import { type WhisperSide, whisperOf } from './whisper-of.ts';

/** A whisper of an inbox. */
interface Whisper extends WhisperSide {
  readonly event: StoredEvent;
}

const UNMARKED: ConversationMarks = { delivered: 0, read: 0, sentDelivered: 0, sentRead: 0 };

/** What is kept of inboxes beside their logs. */
export class MemoryInboxes implements InboxStore {
  readonly #logs: MemoryLogStore;
  /** By owner and correspondent. */
  readonly #marks = new Map<string, ConversationMarks>();
  /** By owner: who is blocked, and since when. */
  readonly #blocks = new Map<string, Map<string, number>>();
  readonly #policies = new Map<string, WhisperPolicy>();
  readonly #people = new Map<string, InboxOwner & { readonly roles?: readonly Role[] }>();

  constructor(logs: MemoryLogStore) {
    this.#logs = logs;
  }

  /** Makes someone known, or known by another name; without `roles` they are a guest or a user. */
  addPerson(person: InboxOwner & { readonly roles?: readonly Role[] }): void {
    this.#people.set(person.id, person);
  }

  async load(owners: readonly string[]): Promise<Result<readonly LoadedInbox[]>> {
    return ok(
      owners.map((owner) => {
        const { epoch, events } = this.#logs.log(inboxOf(owner));
        const correspondents = new Set(this.#whispers(owner).map(({ correspondent }) => correspondent));
        return {
          ...{ owner, epoch, head: events.length, policy: this.#policies.get(owner) ?? 'anyone' },
          conversations: [...correspondents].map((correspondent) => this.#state(owner, correspondent)),
          blocked: [...(this.#blocks.get(owner)?.keys() ?? [])],
        };
      }),
    );
  }

  async history(owner: string, correspondent: string, range: WhisperRange): Promise<Result<WhisperPage>> {
    const events = this.#whispers(owner, correspondent)
      .map(({ event }) => event)
      .filter(({ seq }) => seq < (range.beforeSeq ?? Number.POSITIVE_INFINITY))
      .reverse();
    const count = countWithin(events, range.limit, range.maxBytes);
    return ok({
      events: events.slice(0, count).reverse(),
      hasMore: count < events.length,
      marks: this.#marksOf(owner, correspondent),
    });
  }

  async conversations(owner: string, limit: number, maxBytes: number): Promise<Result<ConversationList>> {
    const newest = new Map(this.#whispers(owner).map((whisper) => [whisper.correspondent, whisper]));
    const all = [...newest.values()].sort((a, b) => b.event.seq - a.event.seq);
    const count = countWithin(
      all.map(({ event }) => event),
      limit,
      maxBytes,
    );
    const items = all.slice(0, count).map((whisper) => ({
      with: {
        id: whisper.correspondent,
        name: this.#people.get(whisper.correspondent)?.name ?? nameIn(whisper),
      },
      last: whisper.event,
      state: this.#state(owner, whisper.correspondent),
    }));
    return ok({ items, hasMore: count < all.length });
  }

  async find(owner: string, id: string): Promise<Result<WhisperPlace | null>> {
    const found = this.#whispers(owner).find(({ event }) => event.id === id || event.id === sentCopyId(id));
    if (found === undefined) return ok(null);
    const { correspondent, sent, event } = found;
    return ok({ correspondent, seq: event.seq, sent, data: event.data });
  }

  async mark(marks: readonly InboxMark[]): Promise<Result<readonly MarkedConversation[]>> {
    const existing = marks.filter((mark) => this.#whispers(mark.owner, mark.correspondent).length > 0);
    for (const mark of existing) this.#mark(mark);
    return ok(
      existing.map(({ owner, correspondent }) => {
        const { delivered, read } = this.#marksOf(owner, correspondent);
        return {
          owner,
          state: this.#state(owner, correspondent),
          deliveredWhisper: this.#newestReceived(owner, correspondent, delivered),
          readWhisper: this.#newestReceived(owner, correspondent, read),
        };
      }),
    );
  }

  async block(owner: string, blocked: string, at: number): Promise<Result<void>> {
    const blocks = this.#blocks.get(owner) ?? new Map<string, number>();
    this.#blocks.set(owner, blocks.set(blocked, blocks.get(blocked) ?? at));
    return ok(undefined);
  }

  async unblock(owner: string, blocked: string): Promise<Result<void>> {
    this.#blocks.get(owner)?.delete(blocked);
    return ok(undefined);
  }

  async blocks(owner: string): Promise<Result<readonly UserRef[]>> {
    const blocks = [...(this.#blocks.get(owner) ?? [])];
    blocks.sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1));
    return ok(blocks.map(([id]) => ({ id, name: this.#people.get(id)?.name ?? id })));
  }

  async setPolicy(owner: string, policy: WhisperPolicy): Promise<Result<void>> {
    this.#policies.set(owner, policy);
    return ok(undefined);
  }

  async heads(owners: readonly string[]): Promise<Result<readonly number[]>> {
    return ok(owners.map((owner) => this.#logs.log(inboxOf(owner)).events.length));
  }

  async findNames(keys: readonly string[]): Promise<Result<readonly (UserRef & { readonly key: string })[]>> {
    const named = [...this.#people.values()].map(({ id, name }) => ({ key: nameKey(name), id, name }));
    return ok(named.filter(({ key }) => keys.includes(key)));
  }

  async findPerson(key: PersonKey): Promise<Result<InboxOwner | null>> {
    const found = this.#find(key);
    return ok(found === null ? null : { id: found.id, name: found.name, guest: found.guest });
  }

  async findTarget(key: PersonKey): Promise<Result<TargetPerson | null>> {
    const found = this.#find(key);
    if (found === null) return ok(null);
    const { id, name, guest, roles = [guest ? 'guest' : 'user'] } = found;
    return ok({ id, name, roles });
  }

  async blockers(user: string, owners: readonly string[]): Promise<Result<readonly string[]>> {
    return ok(owners.filter((owner) => this.#blocks.get(owner)?.has(user) === true));
  }

  #find(key: PersonKey): (InboxOwner & { readonly roles?: readonly Role[] }) | null {
    if ('id' in key) return this.#people.get(key.id) ?? null;
    const wanted = nameKey(key.name.trim());
    return [...this.#people.values()].find(({ name }) => nameKey(name) === wanted) ?? null;
  }

  /** Whispers of an inbox, oldest first; all, or those with one correspondent. */
  #whispers(owner: string, correspondent?: string): Whisper[] {
    return this.#logs.log(inboxOf(owner)).events.flatMap((event) => {
      const whisper = whisperOf(owner, event);
      if (whisper === null || whisper.correspondent !== (correspondent ?? whisper.correspondent)) return [];
      return [{ ...whisper, event }];
    });
  }

  #marksOf(owner: string, correspondent: string): ConversationMarks {
    return this.#marks.get(markKey(owner, correspondent)) ?? UNMARKED;
  }

  #state(owner: string, correspondent: string): ConversationState {
    const whispers = this.#whispers(owner, correspondent);
    const marks = this.#marksOf(owner, correspondent);
    const unread = whispers.filter(({ sent, event }) => !sent && event.seq > marks.read).length;
    return { correspondent, lastSeq: whispers.at(-1)?.event.seq ?? 0, unread, ...marks };
  }

  #mark({ owner, correspondent, delivered, read }: InboxMark): void {
    const { lastSeq } = this.#state(owner, correspondent);
    const known = this.#marksOf(owner, correspondent);
    const reached = {
      delivered: Math.max(known.delivered, Math.min(Math.max(delivered, read), lastSeq)),
      read: Math.max(known.read, Math.min(read, lastSeq)),
    };
    this.#marks.set(markKey(owner, correspondent), { ...known, ...reached });
    const other = this.#marksOf(correspondent, owner);
    const deliveredTo = this.#newestReceived(owner, correspondent, reached.delivered)?.sentSeq ?? 0;
    const readTo = this.#newestReceived(owner, correspondent, reached.read)?.sentSeq ?? 0;
    this.#marks.set(markKey(correspondent, owner), {
      ...other,
      sentDelivered: Math.max(other.sentDelivered, deliveredTo),
      sentRead: Math.max(other.sentRead, readTo),
    });
  }

  #newestReceived(owner: string, correspondent: string, seq: number): MarkedWhisper | null {
    for (const { sent, event } of this.#whispers(owner, correspondent).reverse()) {
      const copy = sent || event.seq > seq ? null : this.#logs.placementOf(sentCopyId(event.id));
      if (copy !== null) return { id: event.id, sentSeq: copy.seq };
    }
    return null;
  }
}

function inboxOf(owner: string): LogKey {
  return `inbox:${owner}`;
}

function markKey(owner: string, correspondent: string): string {
  return JSON.stringify([owner, correspondent]);
}

/** The correspondent's name as the whisper tells it. */
function nameIn({ event, sent, correspondent }: Whisper): string {
  const data = JSON.parse(event.data) as Partial<Record<'from' | 'to', UserRef>>;
  return data[sent ? 'to' : 'from']?.name ?? correspondent;
}
