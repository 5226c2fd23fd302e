/** {@link MessageSearch} over {@link MemoryLogStore}, for tests: it reads every message, which is what the index has to equal. */
import type { Principal } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../../protocol/limits.ts';
import type {
  FoundMessage,
  MessageSearch,
  SearchPage,
  SearchQuestion,
} from '../../protocol/message-search.ts';
import { RANKS, rankOf } from '../../protocol/decide.ts';
import { maySee } from '../../protocol/permissions.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { isInForce } from '../../protocol/sanctions.ts';
import { messageFor, type Reader, sees, shadowOf } from '../../protocol/shadow.ts';
import { hasTerms } from '../../search/match.ts';
import { parseSearchText, type SearchTerm } from '../../search/search-text.ts';
import { tokensOf } from '../../search/tokens.ts';
import type { StoredEvent } from '../../shard/ports/channel-log.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';
import { countWithin } from './page-bounds.ts';

/** What it needs beside the logs. */
export interface MemorySearchOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** The id of whoever has this name; null: nobody. */
  readonly findPerson: (name: string) => Promise<string | null>;
}

/** An event and its channel. */
interface Place extends StoredEvent {
  readonly channelId: string;
}

/** See the head of the file. */
export class MemorySearch implements MessageSearch {
  readonly #store: MemoryLogStore;
  readonly #options: MemorySearchOptions;

  constructor(store: MemoryLogStore, options: MemorySearchOptions) {
    this.#store = store;
    this.#options = options;
  }

  async search(asker: Principal, question: SearchQuestion): Promise<Result<SearchPage>> {
    const channels = this.#channels(asker, question.channels);
    if (!channels.ok) return channels;
    const terms = question.text === undefined ? ok([]) : parseSearchText(question.text);
    if (!terms.ok) return terms;
    const sender = await this.#sender(question.author);
    if (sender === null) return ok({ messages: [], hasMore: false });
    const all = channels.value.flatMap((id) => this.#messages(id, asker)).reverse();
    // Of one time the newer log goes first, and in one log the higher number.
    if (channels.value.length > 1 || question.channels === undefined) all.sort(byTime);
    const start = question.behind === undefined ? 0 : all.findIndex(({ id }) => id === question.behind) + 1;
    if (question.behind !== undefined && start === 0) {
      return fail(failure('not_found', 'There is no such message to go on behind.'));
    }
    const fits = all
      .slice(start)
      .filter((place) => isAskedFor(place, question, sender, terms.value))
      .slice(question.offset ?? 0);
    const count = countWithin(fits, question.limit, MAX_PAGE_BYTES);
    const page = fits.slice(0, count);
    const last = page.at(-1);
    const hasMore = fits.length > count;
    return ok({
      messages: page.map((place) => this.#found(place, asker)),
      hasMore,
      ...(hasMore && last !== undefined ? { next: last.id } : {}),
    });
  }

  #channels(asker: Principal, named: readonly string[] | undefined): Result<readonly string[]> {
    const known = this.#store.keys().flatMap((key) => (key.startsWith('channel:') ? [key.slice(8)] : []));
    if (named === undefined) {
      return ok(known.filter((id) => this.#isVisible(asker, id) && !this.#isOut(asker, id)));
    }
    if (!named.every((id) => this.#isVisible(asker, id))) {
      return fail(failure('not_found', 'There is no such channel.'));
    }
    if (named.some((id) => this.#isOut(asker, id))) {
      return fail(failure('banned', 'you are banned from here'));
    }
    return ok(known.filter((id) => named.includes(id)));
  }

  #isVisible(asker: Principal, id: string): boolean {
    const channel = this.#store.channel(id);
    if (channel === null) return false;
    const { members } = this.#store.tables(id);
    return maySee(
      asker,
      channel,
      members.some(({ user }) => user === asker.id),
    );
  }

  #isOut(asker: Principal, id: string): boolean {
    if (asker.roles.includes('admin')) return false;
    const now = this.#options.now();
    return this.#store
      .tables(id)
      .sanctions.some(
        ({ kind, user, until }) =>
          user === asker.id &&
          ((kind === 'ban' && until === null) || ((kind === 'ban' || kind === 'kick') && (until ?? 0) > now)),
      );
  }

  #messages(channelId: string, asker: Principal): Place[] {
    const reader = this.#reader(asker, channelId);
    return this.#store
      .log(`channel:${channelId}`)
      .events.filter(({ type, data }) => type === 'message:created' && sees(reader, shadowOf(data)))
      .map((event) => ({ ...event, channelId }));
  }

  #reader({ id, roles }: Principal, channelId: string): Reader {
    const { members, sanctions } = this.#store.tables(channelId);
    const now = this.#options.now();
    const rank = rankOf(roles, members.find(({ user }) => user === id)?.role);
    const isShadowed = sanctions.some(
      ({ kind, user, until }) => kind === 'shadow' && user === id && isInForce(until, now),
    );
    return { id, seesAll: rank === RANKS.admin || (rank >= RANKS.moderator && !isShadowed) };
  }

  #found({ channelId, ...event }: Place, asker: Principal): FoundMessage {
    const { events, floor } = this.#store.log(`channel:${channelId}`);
    const [shown = event] = this.#store.shown(`channel:${channelId}`, [events[event.seq - floor] ?? event]);
    const { seq, timestamp } = event;
    return { channelId, seq, timestamp, data: messageFor(shown.data, this.#reader(asker, channelId)) };
  }

  /** The sender that is asked for; undefined: anybody, null: nobody is called so. */
  async #sender(author: SearchQuestion['author']): Promise<string | null | undefined> {
    if (author === undefined) return undefined;
    return 'id' in author ? author.id : this.#options.findPerson(author.name);
  }
}

function isAskedFor(
  { sender, timestamp, data }: Place,
  { before, after }: SearchQuestion,
  author: string | undefined,
  terms: readonly SearchTerm[],
): boolean {
  const { content } = JSON.parse(data) as { readonly content?: unknown };
  return (
    typeof content === 'string' &&
    (author === undefined || sender === author) &&
    (before === undefined || timestamp < before) &&
    (after === undefined || timestamp >= after) &&
    hasTerms(tokensOf(content), terms)
  );
}

function byTime(a: Place, b: Place): number {
  return b.timestamp - a.timestamp;
}
