/** What the server may send over a WebSocket (docs/SPEC.md, src/protocol/events.ts), to hold every frame against. */
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ChannelSettings } from '../../src/protocol/channel-settings.ts';
import { ERROR_CODES } from '../../src/protocol/errors.ts';

const Text = Type.String({ minLength: 1 });
const Count = Type.Integer({ minimum: 0 });
const Roles = Type.Array(Type.Enum(['guest', 'user', 'moderator', 'admin']));
const closed = { additionalProperties: false } as const;
const UserRef = Type.Object({ id: Text, name: Text }, closed);
const User = Type.Object(
  {
    ...{ id: Text, name: Text, guest: Type.Boolean(), roles: Roles, avatar: Type.Optional(Text) },
    mutedUntil: Type.Optional(Type.Union([Count, Type.Null()])),
  },
  closed,
);
const Channel = Type.Object(
  {
    ...{ id: Text, name: Text, private: Type.Boolean() },
    ...{ topic: Type.Optional(Type.String()), description: Type.Optional(Type.String()) },
    position: Type.Optional(Type.Number()),
  },
  closed,
);
const Content = Type.String({ minLength: 1, maxLength: 8_000 });
const Thread = Type.Object({ count: Type.Integer({ minimum: 1 }), lastAt: Count }, closed);
/** What moderators are told of what others don't see. */
const forModerators = { shadow: Type.Optional(Text) };
const Message = Type.Object(
  {
    ...forModerators,
    id: Text,
    content: Content,
    author: UserRef,
    editedAt: Type.Optional(Count),
    clientMessageId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    replyTo: Type.Optional(Text),
    root: Type.Optional(Text),
    reactions: Type.Optional(
      Type.Array(Type.Object({ emoji: Text, users: Type.Array(Text, { minItems: 1 }) }, closed), {
        minItems: 1,
      }),
    ),
    quote: Type.Optional(
      Type.Union([
        Type.Object({ id: Text, author: UserRef, content: Content }, closed),
        Type.Object({ id: Text, author: UserRef, deleted: Type.Literal(true) }, closed),
      ]),
    ),
    thread: Type.Optional(Thread),
    meta: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    style: Type.Optional(Type.Literal('action')),
    mentions: Type.Optional(Type.Array(UserRef, { minItems: 1, maxItems: 20 })),
    here: Type.Optional(Type.Literal(true)),
  },
  closed,
);
const DeletedMessage = Type.Object(
  {
    ...{ id: Text, author: UserRef, deleted: Type.Literal(true) },
    ...{ ...forModerators, root: Type.Optional(Text), thread: Type.Optional(Thread) },
  },
  closed,
);
const Role = Type.Enum(['owner', 'moderator', 'member']);
const durable = (type: string, data: TSchema): TSchema =>
  Type.Object(
    {
      type: Type.Literal(type),
      channelId: Text,
      seq: Type.Integer({ minimum: 1 }),
      timestamp: Count,
      data,
    },
    closed,
  );
const SANCTION = { user: UserRef, by: UserRef, reason: Type.Optional(Text), until: Type.Optional(Count) };
const DURABLE = [
  durable('message:created', Type.Union([Message, DeletedMessage])),
  durable(
    'message:updated',
    Type.Union([
      Type.Object({ ...forModerators, id: Text, content: Content, editedAt: Count, author: UserRef }, closed),
      Type.Object({ ...forModerators, id: Text }, closed),
    ]),
  ),
  durable(
    'message:deleted',
    Type.Object({ ...forModerators, id: Text, by: UserRef, root: Type.Optional(Text) }, closed),
  ),
  ...['reaction:added', 'reaction:removed'].map((type) =>
    durable(type, Type.Object({ ...forModerators, messageId: Text, emoji: Text, user: UserRef }, closed)),
  ),
  ...['message:pinned', 'message:unpinned'].map((type) =>
    durable(type, Type.Object({ ...forModerators, id: Text, by: UserRef }, closed)),
  ),
  ...['member:kicked', 'member:muted', 'member:banned'].map((type) =>
    durable(type, Type.Object(SANCTION, closed)),
  ),
  ...['member:unmuted', 'member:unbanned'].map((type) =>
    durable(type, Type.Object({ user: UserRef, by: UserRef }, closed)),
  ),
  durable('member:shadowbanned', Type.Object({ ...SANCTION, shadow: Type.Literal(true) }, closed)),
  durable(
    'member:unshadowbanned',
    Type.Object(
      { user: UserRef, by: UserRef, reason: Type.Optional(Text), shadow: Type.Literal(true) },
      closed,
    ),
  ),
  Type.Object({ type: Type.Literal('void'), channelId: Text, seq: Type.Integer({ minimum: 1 }) }, closed),
  durable('member:added', Type.Object({ user: UserRef, role: Role, by: Type.Optional(UserRef) }, closed)),
  durable('member:left', Type.Object({ user: UserRef }, closed)),
  durable('member:role', Type.Object({ user: UserRef, role: Role, by: UserRef }, closed)),
  durable(
    'channel:updated',
    Type.Object(
      {
        ...Type.Partial(ChannelSettings).properties,
        name: Type.Optional(Text),
        topic: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        private: Type.Optional(Type.Boolean()),
        position: Type.Optional(Count),
        before: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        by: UserRef,
      },
      closed,
    ),
  ),
];
const Page = { hasMore: Type.Boolean(), events: Type.Array(Type.Union(DURABLE)) };
const Inbox = Type.Object(
  {
    ...{ epoch: Text, seq: Count, unread: Count },
    conversations: Type.Array(
      Type.Object({ with: Text, lastSeq: Count, unread: Count, delivered: Count, read: Count }, closed),
    ),
  },
  closed,
);
/** Told where it isn't 1. */
const Floor = Type.Optional(Type.Integer({ minimum: 2 }));
const Members = Type.Array(UserRef);
const Nothing = Type.Object({}, closed);

/** A frame that answers, or tells something that is not in the log. */
const frame = (type: string, data: TSchema, channel: 'in' | 'never' | 'maybe'): TSchema =>
  Type.Object(
    {
      type: Type.Literal(type),
      timestamp: Count,
      ref: Type.Optional(Type.String({ maxLength: 128 })),
      ...(channel === 'in' ? { channelId: Text } : {}),
      ...(channel === 'maybe' ? { channelId: Type.Optional(Text) } : {}),
      data,
    },
    closed,
  );

const Reported = Type.Object({ id: Text, author: UserRef, content: Content, timestamp: Count }, closed);
const Report = Type.Object(
  {
    ...{ id: Text, channelId: Text, reporter: UserRef, reason: Text, createdAt: Count },
    state: Type.Enum(['open', 'claimed', 'resolved']),
    ...{ message: Reported, context: Type.Array(Reported, { maxItems: 5 }) },
    ...{ claimedBy: Type.Optional(UserRef), resolvedBy: Type.Optional(UserRef) },
    ...{ resolvedAt: Type.Optional(Count), note: Type.Optional(Text) },
    outcome: Type.Optional(Type.Enum(['actioned', 'dismissed'])),
  },
  closed,
);

const SCHEMAS: readonly TSchema[] = [
  ...DURABLE,
  frame('pong', Nothing, 'never'),
  frame('channels', Type.Object({ items: Type.Array(Channel), hasMore: Type.Boolean() }, closed), 'never'),
  frame('history', Type.Object({ ...Page, seq: Count, floor: Floor }, closed), 'in'),
  frame('thread', Type.Object({ ...Page, seq: Count, root: Type.Union(DURABLE) }, closed), 'in'),
  frame(
    'commands',
    Type.Object(
      {
        items: Type.Array(
          Type.Object({ name: Text, aliases: Type.Array(Text), usage: Text, description: Text }, closed),
        ),
      },
      closed,
    ),
    'in',
  ),
  frame('reports', Type.Object({ items: Type.Array(Report), hasMore: Type.Boolean() }, closed), 'maybe'),
  frame('channel:deleted', Type.Object({ by: Type.Optional(UserRef), purged: Type.Boolean() }, closed), 'in'),
  frame('report:created', Report, 'in'),
  frame(
    'report:resolved',
    Type.Object({ id: Text, messageId: Text, outcome: Type.Enum(['actioned', 'dismissed']) }, closed),
    'in',
  ),
  frame('pins', Type.Object({ ...Page, seq: Count }, closed), 'in'),
  frame('results', Type.Object({ ...Page, next: Type.Optional(Text) }, closed), 'never'),
  frame(
    'roles',
    Type.Object(
      {
        items: Type.Array(Type.Object({ user: UserRef, role: Role }, closed)),
        hasMore: Type.Boolean(),
      },
      closed,
    ),
    'in',
  ),
  frame('presence', Type.Object({ members: Members, count: Count, hasMore: Type.Boolean() }, closed), 'in'),
  frame(
    'ack',
    Type.Union([
      Nothing,
      Type.Object({ id: Text, seq: Count, duplicate: Type.Optional(Type.Literal(true)) }, closed),
      Type.Object({ seq: Count, duplicate: Type.Optional(Type.Literal(true)) }, closed),
      Type.Object({ id: Text, duplicate: Type.Literal(true) }, closed),
      // Of a channel that was made, deleted or restored.
      Type.Object({ id: Text }, closed),
      Type.Object({ seq: Count, head: Count, unread: Count, mentions: Count }, closed),
      Type.Object({ command: Text, text: Type.Optional(Type.String()) }, closed),
      Type.Object({ command: Text, id: Text, seq: Count }, closed),
    ]),
    'maybe',
  ),
  frame(
    'error',
    Type.Object(
      {
        code: Type.Enum(Object.keys(ERROR_CODES)),
        message: Text,
        retryAfterMs: Type.Optional(Type.Integer({ minimum: 1 })),
      },
      closed,
    ),
    'maybe',
  ),
  frame(
    'channel:joined',
    Type.Object(
      {
        ...Page,
        ...{ epoch: Text, seq: Count, floor: Floor, members: Members, memberCount: Count },
        recovered: Type.Union([Type.Boolean(), Type.Null()]),
        settings: Type.Optional(Type.Object(ChannelSettings.properties, closed)),
        role: Type.Optional(Role),
        muted: Type.Optional(Type.Object({ until: Type.Union([Count, Type.Null()]) }, closed)),
      },
      closed,
    ),
    'in',
  ),
  frame(
    'welcome',
    Type.Object(
      {
        ...{ protocol: Type.Literal(1), connectionId: Text, user: User, heartbeatMs: Count },
        server: Type.Object({ id: Text, name: Text }, closed),
        guestToken: Type.Optional(Text),
        channels: Type.Optional(Type.Array(Channel)),
        inbox: Type.Optional(Inbox),
      },
      closed,
    ),
    'never',
  ),
  ...['typing:start', 'typing:stop', 'presence:join', 'presence:leave', 'presence:updated'].map((type) =>
    frame(type, Type.Object({ user: UserRef }, closed), 'in'),
  ),
  frame('presence:count', Type.Object({ count: Count }, closed), 'in'),
  frame('inbox:state', Inbox, 'never'),
  frame('user:updated', Type.Object({ user: User }, closed), 'never'),
];

const byType = new Map(
  SCHEMAS.map((schema) => {
    const { properties } = schema as unknown as { readonly properties: { type: { const: string } } };
    return [properties.type.const, Compile(schema)] as const;
  }),
);

/** What of the contract a frame breaks, or null. */
export function contractBreach(value: { readonly type: string }): string | null {
  const validator = byType.get(value.type);
  if (validator === undefined) return `no such type: ${value.type}`;
  if (validator.Check(value)) return null;
  return validator
    .Errors(value)
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
    .join('; ');
}
