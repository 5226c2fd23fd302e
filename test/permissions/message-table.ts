/**
 * What each type of WebSocket request comes to, by who asks and about what (docs/SPEC.md, PERM). A row is written from
 * what the rules promise; the matrix test holds the server against it. A variant of a type stands in brackets behind it.
 */
import {
  allowed,
  but,
  everyone,
  NO_CHANNEL_NAMED,
  NOBODYS,
  NOTHING_NAMED,
  type NotApplicable,
  type Outcomes,
  type ScopedCells,
} from './outcomes.ts';
import type { ThingKind } from './things.ts';

/** What a request is made of. */
export interface ThingAsked {
  /** Of the thing. */
  readonly id: string;
  /** Of the thing if it is a person. */
  readonly name: string;
  /** The token of who asks. */
  readonly token: string;
}

/** A row: about what it asks, how, and what comes of it. */
export interface MessageRow extends ScopedCells {
  readonly about: ThingKind;
  readonly data: (thing: ThingAsked) => object;
  /** Whether the envelope names a channel. */
  readonly inChannel: boolean;
  /** What brings who got through back to where they were. */
  readonly undo?: 'channel:join' | 'channel:leave';
}

// Whoever is in the channel. Who is banned is out of it.
const MEMBERS = everyone('ok', { banned: 'not_member' });
const WRITERS = but(MEMBERS, { muted: 'muted' });
const LOOKERS = everyone('ok', { banned: 'banned' });
const LESS = { guest: 'forbidden', member: 'forbidden', muted: 'forbidden', foreign: 'forbidden' };
const MODERATORS = but(LOOKERS, LESS);
const OWNERS = but(MODERATORS, { moderator: 'forbidden' });
const STAFF = everyone('forbidden', { staff: 'ok', administrator: 'ok' });
const MODERATORS_HERE = but(MODERATORS, { banned: 'not_member' });
const NOBODY = everyone('forbidden', { banned: 'banned' });
// Elsewhere nobody of them is anything, but for staff.
const NOT_IN = everyone('not_member');
const UNSEEN = everyone('not_found', { staff: 'ok', administrator: 'ok' });
const NOWHERE = everyone('not_found');

const messageId = ({ id }: ThingAsked): object => ({ id });
const user = ({ id }: ThingAsked): object => ({ user: { id } });
const nothing = (): object => ({});

type Rest = Pick<MessageRow, 'data'> & Partial<Pick<MessageRow, 'undo'>>;

/** About a channel that one is in, another public one, a private one, and none. */
function ofChannel(
  data: MessageRow['data'],
  [own, others, hidden, missing]: readonly [Outcomes, Outcomes, Outcomes, Outcomes],
  undo?: MessageRow['undo'],
): MessageRow {
  const rest: Rest = { data, ...(undo === undefined ? {} : { undo }) };
  return { about: 'channel', inChannel: true, ...rest, own, others, private: hidden, missing };
}

/** For those who are in the channel alone. */
const here = (own: Outcomes, data = nothing, undo?: MessageRow['undo']): MessageRow =>
  ofChannel(data, [own, NOT_IN, NOT_IN, NOT_IN], undo);

/** About a message or the like of a channel that one has to be in. */
const ofMessage = (
  own: Outcomes,
  others: Outcomes,
  data: MessageRow['data'] = messageId,
  missing = allowed(others, 'not_found'),
): MessageRow => {
  return { about: 'message', inChannel: true, data, own, others, private: NOT_IN, missing };
};

/** About what waits for those who look after a channel, who needn't be in it. */
const ofQueue = (
  about: ThingKind,
  data: MessageRow['data'],
  own: Outcomes,
  missing = allowed(MODERATORS, 'not_found'),
): MessageRow => {
  return { about, inChannel: true, data, own, others: MODERATORS, private: UNSEEN, missing };
};

/** An act on a person in a channel; who acts needn't be in it. */
const onPerson = (
  who: Outcomes,
  { about = 'person', data = user, own = NOBODY, hidden = UNSEEN }: OnPerson = {},
): MessageRow => {
  return {
    ...{ about, inChannel: true, data, own, others: who },
    ...{ private: hidden, missing: allowed(who, 'not_found') },
  };
};

interface OnPerson {
  readonly about?: ThingKind;
  readonly data?: MessageRow['data'];
  readonly own?: Outcomes;
  readonly hidden?: Outcomes;
}

/** Of one's own inbox, or of the connection. */
function ofNobody(
  about: ThingKind,
  data: MessageRow['data'],
  [own, others, missing]: readonly [
    Outcomes | NotApplicable,
    Outcomes | NotApplicable,
    Outcomes | NotApplicable,
  ],
): MessageRow {
  return { about, inChannel: false, data, own, others, private: NO_CHANNEL_NAMED, missing };
}

const ANYONE = everyone('ok');
const alone = (data = nothing): MessageRow => ofNobody('person', data, [ANYONE, NOBODYS, NOTHING_NAMED]);
const everywhere = (about: ThingKind, data = user): MessageRow =>
  ofNobody(about, data, [everyone('forbidden'), STAFF, allowed(STAFF, 'not_found')]);

/** By type. */
export const MESSAGE_TABLE: Readonly<Record<string, MessageRow>> = {
  // Coming, looking, going.
  'channel:join': ofChannel(nothing, [LOOKERS, ANYONE, UNSEEN, UNSEEN]),
  'channel:leave': here(MEMBERS, nothing, 'channel:join'),
  'history:get': here(MEMBERS),
  'presence:get': here(MEMBERS),
  'pins:get': here(MEMBERS),
  'command:list': here(MEMBERS),
  'read:set': ofChannel(() => ({ seq: 0 }), [LOOKERS, ANYONE, UNSEEN, NOWHERE]),
  'thread:get': ofMessage(MEMBERS, MEMBERS),
  'message:search': {
    ...ofChannel(({ id }) => ({ text: 'word', channelId: id }), [LOOKERS, ANYONE, UNSEEN, NOWHERE]),
    inChannel: false,
  },
  'channel:list': {
    ...ofChannel(({ id }) => ({ prefix: id }), [ANYONE, ANYONE, ANYONE, ANYONE]),
    inChannel: false,
  },

  // Writing.
  'message:send': here(WRITERS, () => ({ content: 'word' })),
  'message:update': ofMessage(
    WRITERS,
    allowed(WRITERS, 'forbidden'),
    ({ id }) => ({ id, content: 'another word' }),
    allowed(WRITERS, 'not_found'),
  ),
  'message:delete': ofMessage(MEMBERS, MODERATORS_HERE, messageId, allowed(MEMBERS, 'not_found')),
  'reaction:add': ofMessage(WRITERS, WRITERS, ({ id }) => ({ messageId: id, emoji: '👍' })),
  'reaction:remove': ofMessage(WRITERS, WRITERS, ({ id }) => ({ messageId: id, emoji: '👍' })),
  'typing:start': here(WRITERS),
  'typing:stop': here(WRITERS),
  'message:report': ofMessage(allowed(MEMBERS, 'bad_request'), MEMBERS, ({ id }) => ({ id, reason: 'spam' })),

  // Looking after a channel.
  'message:pin': ofMessage(MODERATORS_HERE, MODERATORS_HERE),
  'message:unpin': ofMessage(MODERATORS_HERE, MODERATORS_HERE),
  'message:versions': ofMessage(MODERATORS_HERE, MODERATORS_HERE),
  'message:purge': onPerson(MODERATORS, { data: (thing) => ({ ...user(thing), seconds: 60 }) }),
  'channel:update (topic)': ofChannel(() => ({ topic: 'words' }), [MODERATORS, STAFF, UNSEEN, NOWHERE]),
  'channel:update (name)': ofChannel(() => ({ name: 'Lobby' }), [OWNERS, STAFF, UNSEEN, NOWHERE]),
  'channel:update (archived)': ofChannel(() => ({ archived: false }), [OWNERS, STAFF, UNSEEN, NOWHERE]),
  'channel:update (retention)': ofChannel(() => ({ retentionDays: 30 }), [OWNERS, STAFF, UNSEEN, NOWHERE]),
  'channel:update (position)': ofChannel(
    () => ({ position: 1 }),
    [but(STAFF, { banned: 'banned' }), STAFF, UNSEEN, NOWHERE],
  ),
  'channel:update (before)': ofChannel(
    () => ({ before: null }),
    [but(STAFF, { banned: 'banned' }), STAFF, UNSEEN, NOWHERE],
  ),
  // Their ids are taken, whoever may know of them.
  'channel:create': ofChannel(nothing, [
    allowed(STAFF, 'conflict'),
    allowed(STAFF, 'conflict'),
    allowed(STAFF, 'conflict'),
    STAFF,
  ]),
  'channel:create (named in data)': {
    ...ofChannel(
      ({ id }) => ({ id }),
      [allowed(STAFF, 'conflict'), allowed(STAFF, 'conflict'), allowed(STAFF, 'conflict'), STAFF],
    ),
    inChannel: false,
  },
  'channel:delete': { ...ofChannel(nothing, [OWNERS, STAFF, UNSEEN, NOWHERE]), about: 'channel of its own' },
  // It isn't deleted.
  'channel:restore': ofChannel(nothing, [
    allowed(but(STAFF, { banned: 'banned' }), 'conflict'),
    allowed(STAFF, 'conflict'),
    allowed(UNSEEN, 'conflict'),
    NOWHERE,
  ]),
  // Whoever may invite is a member already.
  'channel:invite': onPerson(MODERATORS, { own: allowed(MODERATORS, 'conflict') }),
  'channel:role': onPerson(OWNERS, { data: (thing) => ({ ...user(thing), role: 'moderator' }) }),
  'channel:roles': here(MEMBERS),
  'channel:kick': onPerson(MODERATORS, { data: (thing) => ({ ...user(thing), seconds: 60 }) }),
  'channel:mute': onPerson(MODERATORS),
  'channel:unmute': onPerson(MODERATORS, { about: 'person muted here' }),
  'user:ban (in a channel)': onPerson(MODERATORS),
  'user:unban (in a channel)': onPerson(MODERATORS, { about: 'person banned here' }),
  'user:shadowban': onPerson(MODERATORS),
  'user:unshadowban': onPerson(MODERATORS, { about: 'person shadow-banned here' }),
  // What waits in a channel without a record is staff's.
  'held:list': ofChannel(nothing, [MODERATORS, STAFF, UNSEEN, UNSEEN]),
  'held:approve': ofQueue('held message', messageId, MODERATORS),
  'held:reject': ofQueue('held message', messageId, MODERATORS),
  'report:list (of a channel)': ofChannel(nothing, [MODERATORS, STAFF, UNSEEN, NOWHERE]),
  'report:list (of all that one looks after)': ofNobody('person', nothing, [
    everyone('forbidden', { moderator: 'ok', owner: 'ok', staff: 'ok', administrator: 'ok' }),
    NOBODYS,
    NOTHING_NAMED,
  ]),
  'report:claim': ofQueue('report', messageId, allowed(MODERATORS, 'not_found')),
  'report:resolve': ofQueue(
    'report',
    ({ id }) => ({ id, outcome: 'dismissed' }),
    allowed(MODERATORS, 'not_found'),
  ),

  // One's inbox.
  'inbox:resume': alone(),
  'unread:get': {
    ...ofChannel(({ id }) => ({ channels: [id] }), [ANYONE, ANYONE, ANYONE, ANYONE]),
    inChannel: false,
  },
  'whisper:send': ofNobody('person', ({ id }) => ({ to: { id }, content: 'psst' }), [
    ANYONE,
    ANYONE,
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:update': ofNobody('sent whisper', ({ id }) => ({ id, content: 'hm' }), [
    ANYONE,
    allowed(ANYONE, 'not_found'),
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:delete': ofNobody('sent whisper', messageId, [
    ANYONE,
    allowed(ANYONE, 'not_found'),
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:delivered': ofNobody('received whisper', ({ id, name }) => ({ with: { name }, id }), [
    ANYONE,
    allowed(ANYONE, 'not_found'),
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:read': ofNobody('received whisper', ({ id, name }) => ({ with: { name }, id }), [
    ANYONE,
    allowed(ANYONE, 'not_found'),
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:history': ofNobody('person', ({ name }) => ({ with: { name } }), [
    ANYONE,
    ANYONE,
    allowed(ANYONE, 'not_found'),
  ]),
  'whisper:conversations': alone(),
  'whisper:policy': alone(),
  'user:block': ofNobody('person', ({ name }) => ({ user: { name } }), [
    allowed(ANYONE, 'bad_request'),
    ANYONE,
    allowed(ANYONE, 'not_found'),
  ]),
  'user:unblock': ofNobody('person', ({ name }) => ({ user: { name } }), [
    ANYONE,
    ANYONE,
    allowed(ANYONE, 'not_found'),
  ]),
  'user:blocks': alone(),

  // The connection, and what holds everywhere.
  ping: alone(),
  // With the token of somebody revoked it is closed with 4001.
  hello: ofNobody('person', ({ token }) => ({ token }), [
    everyone('conflict', { revoked: 'closed 4001' }),
    NOBODYS,
    NOTHING_NAMED,
  ]),
  // A guest's token is no access token.
  'auth:refresh': ofNobody('token', ({ token }) => ({ token }), [
    everyone('ok', { guest: 'unauthorized' }),
    allowed(ANYONE, 'forbidden'),
    allowed(ANYONE, 'unauthorized'),
  ]),
  'analytics:subscribe': ofNobody('person', nothing, [STAFF, NOBODYS, NOTHING_NAMED]),
  'analytics:unsubscribe': ofNobody('person', nothing, [STAFF, NOBODYS, NOTHING_NAMED]),
  'user:ban (everywhere)': everywhere('person'),
  'user:unban (everywhere)': everywhere('person banned everywhere'),
  'user:mute': everywhere('person'),
  'user:unmute': everywhere('person muted everywhere'),
};
