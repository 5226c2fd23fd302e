/** ChatOrbit: MongoDB, so its collections come as files of mongoexport. */
import { derivedUserId } from '../auth/identity.ts';
import { channelIdFor, channelNameFor } from './channel-place.ts';
import { derivedId, ownId } from './derived-id.ts';
import type { MovedPlace } from './items.ts';
import { readTime, storableText } from './read-value.ts';
import { lacks, type OtherSystem, step, type Step } from './system.ts';
import { column, maybe, type TableShape } from './table-shape.ts';

const NAME = 'chatorbit';

const USERS = {
  what: 'users',
  names: ['users', 'user'],
  columns: {
    id: column('_id', 'id'),
    name: maybe('username', 'name'),
    email: column('email'),
    hash: column('password_hash', 'passwordhash', 'password'),
    created: maybe('created_at', 'createtime'),
  },
  order: ['id'],
} as const satisfies TableShape;

const ROOMS = {
  what: 'channels',
  names: ['rooms', 'room', 'channels'],
  optional: true,
  columns: { id: column('room_id', 'id'), created: maybe('created_at') },
  order: ['id'],
} as const satisfies TableShape;

const MESSAGES = {
  what: 'messages',
  names: ['messages', 'message'],
  columns: {
    id: column('_id', 'id'),
    room: column('room_id', 'room'),
    author: column('user_id', 'author_id'),
    text: column('content', 'message'),
    time: column('timestamp', 'created_at'),
  },
  order: ['time', 'id'],
} as const satisfies TableShape;

/** See the head of the file. */
export const CHATORBIT: OtherSystem = { name: NAME, needsIssuer: false, steps };

function steps(): readonly Step[] {
  const userId = (id: string): string => ownId(id) ?? derivedUserId(`urn:hubbub:moved:${NAME}`, id);
  const placeOf = (room: string): MovedPlace => {
    const id = channelIdFor(room);
    return { id, name: channelNameFor(room, id), private: false };
  };
  return [
    step('users', USERS, ({ id, name, email, hash, created }) => {
      if (id === null) return lacks('id');
      const login = { kind: 'password', hash: hash ?? '', email } as const;
      return { from: id, id: userId(id), name, createdAt: readTime(created), login };
    }),
    step('channels', ROOMS, ({ id, created }) => {
      if (id === null || id.trim() === '') return lacks('id');
      return {
        ...placeOf(id),
        from: id,
        description: null,
        place: null,
        owner: null,
        createdAt: readTime(created),
      };
    }),
    step('messages', MESSAGES, ({ id, room, author, text, time }) => {
      const timestamp = readTime(time);
      if (id === null || author === null) return lacks('author');
      if (timestamp === null) return lacks('sound time');
      return {
        ...{ from: id, id: ownId(id) ?? derivedId(timestamp, NAME, 'message', id) },
        channel: placeOf(room === null || room.trim() === '' ? 'general' : room),
        ...{ author: { id: userId(author), name: null }, timestamp, content: storableText(text ?? '') },
      };
    }),
  ];
}
