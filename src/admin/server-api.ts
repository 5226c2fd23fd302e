/** What other programs do by the server API: messages in the name of the system or of whom they say, and whispers of the system. */
import type { NameStore } from '../auth/ports.ts';
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import type { JsonObject, Principal, UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { PersonKey } from '../protocol/person.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { HttpDeps } from './http-deps.ts';
import type { ShardControl } from './ports/shard-control.ts';

/** Id of the user in whose name the server itself writes. */
export const SYSTEM_ID = 'system';
/** Most channels of one broadcast. */
export const MAX_BROADCAST_CHANNELS = 1_000;
/** Channels of a broadcast that are written to at the same time. */
const AT_ONCE = 16;
const PAGE = 200;

/** What {@link ServerApi} needs. */
export interface ServerApiDeps {
  readonly shards: Pick<ShardControl, 'request' | 'inboxRequest'>;
  readonly names: Pick<NameStore, 'claim'>;
  readonly findPerson: HttpDeps['findPerson'];
  readonly directory: Pick<ChannelDirectory, 'list'>;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** A message to one channel. */
export interface Publication {
  readonly channelId: string;
  readonly content: string;
  /** Absent: the system. */
  readonly author?: UserRef | undefined;
  /** Of a user of this server, in place of `author`. */
  readonly userId?: string | undefined;
  readonly clientMessageId?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly meta?: JsonObject | undefined;
  /** Whether automod and the channel's modes hold for it. */
  readonly judged?: boolean | undefined;
}

/** Where a message stands; `held`: it waits for a moderator. */
export interface Published {
  readonly id: string;
  readonly seq?: number;
  readonly duplicate?: true;
  readonly held?: true;
}

/** What became of a broadcast in one channel. */
export type BroadcastItem = { readonly channel_id: string } & (Published | { readonly error: string });

/** See the head of the file. */
export class ServerApi {
  readonly #deps: ServerApiDeps;
  #system: UserRef | null = null;

  constructor(deps: ServerApiDeps) {
    this.#deps = deps;
  }

  /** Writes a message; `not_found` for a channel or a user that isn't there. Unknown outcomes are `unavailable`. */
  async publish(publication: Publication): Promise<Result<Published>> {
    const { channelId, content, clientMessageId, replyTo, meta, judged } = publication;
    const author = await this.#author(publication);
    if (!author.ok) return author;
    const data = withoutAbsent({ content, clientMessageId, replyTo, meta, judged });
    const written = await this.#deps.shards.request(channelId, inFull(author.value), 'server:publish', data);
    return written.ok ? ok(written.value as unknown as Published) : written;
  }

  /**
   * Writes the same as the system to all of these channels, or to all public ones; what stands against one is told for that one.
   * `hasMore`: there are more public ones than {@link MAX_BROADCAST_CHANNELS}.
   */
  async broadcast(
    content: string,
    channels: readonly string[] | undefined,
    more: Pick<Publication, 'meta' | 'clientMessageId'>,
  ): Promise<Result<{ readonly items: readonly BroadcastItem[]; readonly hasMore: boolean }>> {
    const named =
      channels === undefined
        ? await this.#publicChannels()
        : ok({ ids: [...new Set(channels)], hasMore: false });
    if (!named.ok) return named;
    const { ids, hasMore } = named.value;
    const items: BroadcastItem[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const written = ids.slice(at, at + AT_ONCE).map(async (channelId): Promise<BroadcastItem> => {
        const published = await this.publish({ ...more, channelId, content });
        const came = published.ok ? published.value : { error: published.failure.code };
        return { channel_id: channelId, ...came };
      });
      items.push(...(await Promise.all(written)));
    }
    return ok({ items, hasMore });
  }

  /** Whispers as the system; `not_found` for whoever isn't there or takes no whispers. */
  async whisper(
    to: PersonKey,
    content: string,
    clientMessageId: string | undefined,
  ): Promise<Result<Published>> {
    const system = await this.#systemUser();
    if (!system.ok) return system;
    const data = withoutAbsent({ to, content, clientMessageId });
    const sent = await this.#deps.shards.inboxRequest(inFull(system.value), 'whisper:send', data);
    return sent.ok ? ok(sent.value as unknown as Published) : sent;
  }

  /** Who acts for programs in channels. */
  async system(): Promise<Result<Principal>> {
    const system = await this.#systemUser();
    return system.ok ? ok(inFull(system.value)) : system;
  }

  async #author({ author, userId }: Publication): Promise<Result<UserRef>> {
    if (author !== undefined && userId !== undefined) {
      return fail(failure('bad_request', 'Either author or user_id.'));
    }
    if (author !== undefined) return ok(author);
    if (userId === undefined) return this.#systemUser();
    const found = await this.#deps.findPerson(userId);
    if (!found.ok) return found;
    // A name would find somebody else tomorrow.
    if (found.value?.id !== userId) return fail(failure('not_found', 'There is nobody with this user_id.'));
    return ok({ id: found.value.id, name: found.value.name });
  }

  /** Its name is its own as everyone's is; where somebody has it already it gets a suffix. */
  async #systemUser(): Promise<Result<UserRef>> {
    if (this.#system !== null) return ok(this.#system);
    const name = await this.#deps.names.claim(SYSTEM_ID, 'System', false, this.#deps.now());
    if (!name.ok) return name;
    this.#system = { id: SYSTEM_ID, name: name.value };
    return ok(this.#system);
  }

  async #publicChannels(): Promise<Result<{ readonly ids: readonly string[]; readonly hasMore: boolean }>> {
    const ids: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.#deps.directory.list({
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      if (!page.ok) return page;
      const { items, hasMore } = page.value;
      ids.push(...items.map(({ id }) => id));
      after = items.at(-1)?.id;
      if (!hasMore || after === undefined) return ok({ ids, hasMore: false });
      if (ids.length >= MAX_BROADCAST_CHANNELS) return ok({ ids, hasMore: true });
    }
  }
}

/** As whoever may do everything: what a key may do is decided before. */
function inFull({ id, name }: UserRef): Principal {
  return { id, name, guest: false, roles: ['user', 'admin'] };
}

function withoutAbsent(data: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
