/** justchat: PostgreSQL by SQLAlchemy, with accounts of its own; guests stand in its table of users until they are cleaned up. */
import { derivedUserId } from '../auth/identity.ts';
import { MAX_REASON_LENGTH } from '../protocol/limits.ts';
import { channelIdFor, channelNameFor } from './channel-place.ts';
import { derivedId, ownId } from './derived-id.ts';
import type { MovedPlace } from './items.ts';
import { oneLine, readTime, readTruth, storableText } from './read-value.ts';
import { lacks, type OtherSystem, step, type Step } from './system.ts';
import { column, maybe, type TableShape } from './table-shape.ts';

const NAME = 'justchat';

const USERS = {
  what: 'users',
  names: ['user', 'users'],
  columns: {
    id: column('id'),
    name: column('username', 'name'),
    hash: column('hashed_password', 'password_hash', 'password'),
    guest: maybe('is_guest', 'guest'),
    created: maybe('created_at'),
  },
  order: ['id'],
} as const satisfies TableShape;

const CHANNELS = {
  what: 'channels',
  names: ['channels', 'channel'],
  optional: true,
  columns: { id: column('id'), name: column('name'), description: maybe('description') },
  order: ['id'],
} as const satisfies TableShape;

const MESSAGES = {
  what: 'messages',
  names: ['messages', 'message'],
  columns: {
    id: column('id'),
    channel: column('channel_id', 'channel'),
    author: column('sender_id', 'user_id'),
    name: column('sender_username', 'username', 'sender'),
    text: column('content', 'message'),
    time: column('timestamp', 'created_at'),
  },
  order: ['time', 'id'],
} as const satisfies TableShape;

const MUTES = {
  what: 'mutes',
  names: ['mutes', 'mute'],
  optional: true,
  columns: {
    id: column('id'),
    user: column('target_id', 'user_id'),
    by: maybe('by_id', 'muted_by'),
    channel: column('channel_id', 'channel'),
    reason: maybe('reason'),
    created: column('created_at'),
    until: column('expires_at', 'until'),
  },
  order: ['created', 'id'],
} as const satisfies TableShape;

/** See the head of the file. */
export const JUSTCHAT: OtherSystem = { name: NAME, needsIssuer: false, steps };

function steps(): readonly Step[] {
  const userId = (id: string): string => derivedUserId(`urn:hubbub:moved:${NAME}`, id);
  // Of those who were deleted, and guests who were cleaned up, the name is left.
  const nobodyId = (name: string): string => derivedUserId(`urn:hubbub:moved:${NAME}:gone`, name);
  const places = new Map<string, MovedPlace>();
  // The server keeps channels in memory and its table may be empty: then the number is all that there is.
  const placeOf = (id: string): MovedPlace =>
    places.get(id) ?? { id: channelIdFor(id), name: `Channel ${id}`, private: false };
  return [
    step('users', USERS, ({ id, name, hash, guest, created }) => {
      if (id === null || name === null) return lacks('name');
      if (readTruth(guest)) return null;
      const login = { kind: 'password', hash: hash ?? '', email: null } as const;
      return { from: id, id: userId(id), name, createdAt: readTime(created), login };
    }),
    step('channels', CHANNELS, ({ id, name, description }) => {
      if (id === null) return lacks('id');
      const channelId = channelIdFor(id);
      const moved = { id: channelId, name: channelNameFor(name, channelId), private: false };
      places.set(id, moved);
      return {
        ...moved,
        from: id,
        description: oneLine(description, 1_000),
        place: null,
        owner: null,
        createdAt: null,
      };
    }),
    step('messages', MESSAGES, ({ id, channel, author, name, text, time }) => {
      const timestamp = readTime(time);
      if (id === null || channel === null) return lacks('channel');
      if (author === null && name === null) return lacks('author');
      if (timestamp === null) return lacks('sound time');
      return {
        ...{
          from: id,
          id: ownId(id) ?? derivedId(timestamp, NAME, 'message', id),
          channel: placeOf(channel),
        },
        author: { id: author === null ? nobodyId(name ?? '') : userId(author), name },
        ...{ timestamp, content: storableText(text ?? '') },
      };
    }),
    step('mutes', MUTES, ({ id, user, by, channel, reason, created, until: end }) => {
      const [createdAt, until] = [readTime(created), readTime(end)];
      if (id === null || user === null) return lacks('id of a user');
      if (channel === null) return lacks('channel');
      if (createdAt === null || (until === null && end !== null)) return lacks('sound time');
      return {
        ...{ from: id, id: derivedId(createdAt, NAME, 'mute', id), channel: placeOf(channel), kind: 'mute' },
        user: { id: userId(user), name: null },
        by: by === null ? { id: NAME, name: NAME } : { id: userId(by), name: null },
        ...{ reason: oneLine(reason, MAX_REASON_LENGTH), createdAt, until, pardoned: false },
      };
    }),
  ];
}
