/** Shapes that several routes share, as OpenAPI components. */
import Type from 'typebox';
import type { Static, TSchema } from 'typebox';
import { AutomodRuleInput } from '../protocol/automod-rules.ts';
import {
  CHANNEL_ID_PATTERN,
  DEFAULT_PAGE_LIMIT,
  MAX_PAGE_LIMIT,
  MAX_REASON_LENGTH,
} from '../protocol/limits.ts';
import { Retention } from './channel-retention.ts';

export const ChannelId = Type.String({ pattern: CHANNEL_ID_PATTERN, description: 'Id of a channel' });

export const Limit = Type.Integer({
  minimum: 1,
  maximum: MAX_PAGE_LIMIT,
  default: DEFAULT_PAGE_LIMIT,
  description: 'Most items of the answer',
});

/** Why something is done. */
export const Reason = Type.Optional(
  Type.String({ maxLength: MAX_REASON_LENGTH, description: 'Why, for the audit log' }),
);

/** A sequence number in a query. */
export const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const Person = Type.Object({ id: Type.String(), name: Type.String() }, { $id: 'Person' });

export const Channel = Type.Object(
  {
    id: ChannelId,
    name: Type.String(),
    topic: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    private: Type.Boolean(),
    position: Type.Optional(Type.Number({ description: 'Where it stands in lists, before those without' })),
    archived: Type.Optional(
      Type.Boolean({ description: 'It can be read, and nobody writes there; absent: it is open' }),
    ),
    present: Type.Optional(
      Type.Integer({ minimum: 0, description: 'How many people are in it; with `active`' }),
    ),
    ...Retention,
  },
  { $id: 'Channel' },
);

export const LogEvent = Type.Object(
  {
    type: Type.String({
      description:
        'As on the WebSocket: message:created, …; void for what one may not see, with nothing but its place',
    }),
    channel_id: ChannelId,
    seq: Type.Integer({ minimum: 1 }),
    timestamp: Type.Optional(Type.Integer({ description: 'ms since the epoch' })),
    data: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { $id: 'LogEvent' },
);
export type LogEvent = Static<typeof LogEvent>;

export const WhisperEvent = Type.Object(
  {
    type: Type.String({ description: 'As on the WebSocket: whisper:created, …' }),
    seq: Type.Integer({ minimum: 1, description: "In one's own inbox" }),
    timestamp: Type.Integer({ description: 'ms since the epoch' }),
    data: Type.Object(
      {},
      {
        additionalProperties: true,
        description: 'As it stands now: a deleted whisper has no `content`, but `deleted`',
      },
    ),
  },
  { $id: 'WhisperEvent' },
);
export type WhisperEvent = Static<typeof WhisperEvent>;

export const AutomodRule = Type.Object(
  {
    id: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Counts changes of the rule' }),
    ...AutomodRuleInput.properties,
  },
  { $id: 'AutomodRule' },
);

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: "A code of the WebSocket's errors" }),
    retry_after_ms: Type.Optional(Type.Integer({ minimum: 0 })),
    request_id: Type.Optional(Type.String({ description: 'By which the log names the request' })),
  },
  { $id: 'Problem', additionalProperties: true, description: 'RFC 9457' },
);

/** What {@link ref} may name. */
export const COMPONENTS = { Person, Channel, LogEvent, WhisperEvent, AutomodRule, Problem } as const;

/** A reference to a component. */
export function ref(component: keyof typeof COMPONENTS): TSchema {
  return Type.Unsafe({ $ref: `${component}#` });
}

/** A problem document as a response. */
export const PROBLEM_RESPONSE = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: ref('Problem') } },
} as const;

/**
 * Responses of a route: its own, the statuses of the problems that are its own, and a problem document for every other.
 * What any route can meet (describe-operation.ts) needs no mention.
 */
export function responses(
  own: Readonly<Record<number, unknown>>,
  problems: readonly number[] = [],
): Record<string, unknown> {
  const refused = Object.fromEntries(problems.map((status) => [status, PROBLEM_RESPONSE]));
  return { ...own, ...refused, default: PROBLEM_RESPONSE };
}

/** A response that is text. */
export function textResponse(description: string) {
  return { description, content: { 'text/plain': { schema: Type.String() } } };
}

/** `security` of routes that ask for a token. */
export const TOKEN_NEEDED = [{ token: [] }];

/** The same of routes that ask for the key of a program. */
export const KEY_NEEDED = [{ key: [] }];
