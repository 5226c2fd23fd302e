/** OnRabble's chat server: PostgreSQL, its users in the Keycloak beside it. */
import { derivedUserId } from '../auth/identity.ts';
import { MAX_DESCRIPTION_LENGTH } from '../protocol/channel-text.ts';
import { MAX_REASON_LENGTH } from '../protocol/limits.ts';
import { channelIdFor, channelNameFor } from './channel-place.ts';
import { derivedId } from './derived-id.ts';
import type { MovedPlace } from './items.ts';
import { oneLine, readCount, readTime, readTruth, storableText } from './read-value.ts';
import { lacks, type MoveOptions, type OtherSystem, step, type Step } from './system.ts';
import { column, maybe, type TableShape } from './table-shape.ts';

const NAME = 'onrabble';
/** Stands where nobody made a channel or nobody banned. */
const NOBODY = /^[0-]*$/;
const REALM = /\/realms\/([^/]+)\/?$/;
const EVERYBODY = /^(?:default|)$/i;

const SERVER = {
  what: 'server',
  names: ['chatserver.server_instances', 'server_instances', 'server_instance'],
  optional: true,
  columns: { id: maybe('id'), server_id: maybe('server_id', 'uuid'), name: column('server_name', 'name') },
  order: ['id'],
} as const satisfies TableShape;

const LIMITS = {
  what: 'limits',
  names: ['chatserver.rate_limiter', 'rate_limiter', 'rate_limits', 'ratelimits'],
  optional: true,
  columns: {
    id: maybe('id'),
    owner: maybe('owner_id'),
    messages: column('message_limit', 'messages'),
    seconds: column('window_seconds', 'seconds'),
  },
  order: ['id'],
} as const satisfies TableShape;

// Keycloak keeps the users of all its realms in one table.
const REALMS = {
  what: 'realms',
  names: ['public.realm', 'realm'],
  optional: true,
  columns: { id: column('id'), name: column('name') },
  order: ['id'],
} as const satisfies TableShape;

const USERS = {
  what: 'users',
  names: ['public.user_entity', 'user_entity', 'chatserver.users', 'users'],
  columns: {
    id: column('id', 'user_id', 'sub'),
    name: column('username', 'preferred_username', 'name'),
    created: maybe('created_timestamp', 'created_at'),
    realm: maybe('realm_id'),
    program: maybe('service_account_client_link'),
  },
  order: ['id'],
} as const satisfies TableShape;

const CHANNELS = {
  what: 'channels',
  names: ['chatserver.channels', 'channels'],
  columns: {
    id: maybe('id'),
    name: column('name', 'channel'),
    description: maybe('description'),
    private: maybe('is_private', 'private'),
    owner: maybe('owner_id', 'created_by'),
    place: maybe('sort_order', 'position'),
    created: maybe('created_at'),
  },
  order: ['place', 'id', 'name'],
} as const satisfies TableShape;

const BANS = {
  what: 'bans',
  names: ['chatserver.bans', 'bans'],
  optional: true,
  columns: {
    id: column('id', 'ban_id'),
    by: maybe('owner_id', 'banned_by'),
    user: column('banished_id', 'user_id'),
    reason: maybe('reason'),
    start: column('start_time', 'start', 'created_at'),
    end: column('end_time', 'end', 'expires_at'),
    pardoned: column('pardoned', 'is_pardoned'),
  },
  order: ['start', 'id'],
} as const satisfies TableShape;

const MESSAGES = {
  what: 'messages',
  names: ['chatserver.chat_messages', 'chat_messages', 'messages'],
  columns: {
    id: column('id', 'cache_id'),
    author: column('owner_id', 'author_id', 'user_id'),
    name: maybe('username', 'author'),
    channel: column('channel', 'channel_name'),
    text: column('message', 'content'),
    time: column('authored_at', 'created_at', 'timestamp'),
  },
  order: ['time', 'id'],
} as const satisfies TableShape;

const WHISPERS = {
  what: 'whispers',
  names: ['chatserver.private_messages', 'private_messages', 'private_chat_messages'],
  optional: true,
  columns: {
    id: column('id', 'cache_id'),
    sender: column('owner_id', 'sender_id'),
    sender_name: maybe('username', 'sender'),
    recipient: column('recipient_id'),
    recipient_name: maybe('recipient'),
    text: column('message', 'content'),
    time: column('authored_at', 'created_at', 'timestamp'),
  },
  order: ['time', 'id'],
} as const satisfies TableShape;

const SESSIONS = {
  what: 'sessions',
  names: ['chatserver.chat_sessions', 'chat_sessions', 'sessions'],
  optional: true,
  columns: {
    id: column('id'),
    user: column('owner_id', 'user_id'),
    start: column('start_time', 'started_at'),
    end: column('end_time', 'ended_at'),
  },
  order: ['start', 'id'],
} as const satisfies TableShape;

/** See the head of the file. */
export const ONRABBLE: OtherSystem = { name: NAME, needsIssuer: true, steps: stepsFor };

function stepsFor({ issuer }: MoveOptions): readonly Step[] {
  // Whoever logs in with the same issuer is the same person.
  const userId = (subject: string): string => derivedUserId(issuer ?? NAME, subject);
  const ownRealm = REALM.exec(issuer ?? '')?.[1] ?? null;
  const realms = new Map<string, string>();
  const places = new Map<string, MovedPlace>();
  const placeOf = (name: string): MovedPlace => {
    const id = channelIdFor(name);
    return places.get(name) ?? { id, name: channelNameFor(name, id), private: false };
  };
  return [
    step('server', SERVER, ({ id, server_id: serverId, name }) => ({
      ...{ from: id ?? serverId ?? '', id: serverId, name },
    })),
    step('limits', LIMITS, ({ id, owner, messages, seconds }) => {
      // It keeps such rows for users, but never reads them.
      if (!EVERYBODY.test(owner ?? '')) return null;
      const [limit, window] = [readCount(messages), readCount(seconds)];
      if (limit === null || window === null) return lacks('limit from 1 on');
      return { from: id ?? '', limit, windowMs: window * 1_000 };
    }),
    step('users', REALMS, ({ id, name }) => {
      if (id !== null && name !== null) realms.set(id, name);
      return null;
    }),
    step('users', USERS, ({ id, name, created, realm, program }) => {
      if (id === null) return lacks('id');
      if (program !== null) return null;
      const realmName = realm === null ? undefined : realms.get(realm);
      if (realmName !== undefined && realmName !== ownRealm && ownRealm !== null) {
        // Nobody is in a realm that isn't there: the issuer is misspelled.
        const isThere = [...realms.values()].includes(ownRealm);
        return isThere
          ? null
          : { problem: `is of the realm ${realmName}, and ${ownRealm} of --issuer is none` };
      }
      const login = { kind: 'issuer', issuer: issuer ?? NAME, subject: id } as const;
      return { from: id, id: userId(id), name, createdAt: readTime(created), login };
    }),
    step('channels', CHANNELS, ({ id, name, description, private: isPrivate, owner, place, created }) => {
      if (name === null || name.trim() === '') return lacks('name');
      const channelId = channelIdFor(name);
      const moved = { id: channelId, name: channelNameFor(name, channelId), private: readTruth(isPrivate) };
      places.set(name, moved);
      return {
        ...{ ...moved, from: id ?? name, description: oneLine(description, MAX_DESCRIPTION_LENGTH) },
        place: place === null || !/^-?\d{1,9}$/.test(place) ? null : Number(place),
        owner: owner === null || NOBODY.test(owner) ? null : userId(owner),
        createdAt: readTime(created),
      };
    }),
    step('bans', BANS, ({ id, by, user, reason, start, end, pardoned }) => {
      const [from, createdAt, until] = [id, readTime(start), readTime(end)];
      if (from === null || user === null) return lacks('id of a user');
      if (createdAt === null || (until === null && end !== null)) return lacks('sound time');
      const moderator =
        by === null || NOBODY.test(by) ? { id: NAME, name: 'OnRabble' } : { id: userId(by), name: null };
      return {
        ...{ from, id: derivedId(createdAt, NAME, 'ban', from), channel: null, kind: 'ban' },
        ...{ user: { id: userId(user), name: null }, by: moderator },
        ...{ reason: oneLine(reason, MAX_REASON_LENGTH), createdAt, until, pardoned: readTruth(pardoned) },
      };
    }),
    step('messages', MESSAGES, ({ id, author, name, channel, text, time }) => {
      const timestamp = readTime(time);
      if (id === null || author === null) return lacks('author');
      if (channel === null || channel.trim() === '') return lacks('channel');
      if (timestamp === null) return lacks('sound time');
      return {
        ...{ from: id, id: derivedId(timestamp, NAME, 'message', id), channel: placeOf(channel) },
        ...{ author: { id: userId(author), name }, timestamp, content: storableText(text ?? '') },
      };
    }),
    step('whispers', WHISPERS, (row) => {
      const { id, sender, recipient, text } = row;
      const timestamp = readTime(row.time);
      if (id === null || sender === null || recipient === null) return lacks('sender or recipient');
      if (timestamp === null) return lacks('sound time');
      return {
        ...{
          from: id,
          id: derivedId(timestamp, NAME, 'whisper', id),
          timestamp,
          content: storableText(text ?? ''),
        },
        sender: { id: userId(sender), name: row.sender_name },
        recipient: { id: userId(recipient), name: row.recipient_name },
      };
    }),
    step('sessions', SESSIONS, ({ id, user, start, end }) => {
      const [startedAt, endedAt, connection] = [readTime(start), readTime(end), readCount(id)];
      if (id === null || user === null) return lacks('user');
      if (connection === null) return lacks('whole number as its id');
      if (startedAt === null || endedAt === null || endedAt < startedAt) return lacks('sound time');
      return { from: id, connection, user: userId(user), startedAt, endedAt };
    }),
  ];
}
