/** Lines of an NDJSON export of messages, read back. What isn't sound is said, line by line. */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { CHANNEL_ID_PATTERN, MAX_CONTENT_LENGTH } from '../protocol/limits.ts';
import { isStorable, isStorableJson } from '../protocol/text.ts';
import { EXPORT_VERSION } from './export-record.ts';

const Id = Type.String({ minLength: 1, maxLength: 256 });
const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Person = Type.Object({ id: Id, name: Type.String() });
const Head = Type.Object({ kind: Type.Literal('export'), version: Type.Integer(), of: Type.String() });
const Channel = Type.Object({
  kind: Type.Literal('channel'),
  channel_id: Type.String({ pattern: CHANNEL_ID_PATTERN }),
  name: Type.String({ minLength: 1 }),
  topic: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  private: Type.Optional(Type.Boolean()),
  timestamp: Type.Optional(Time),
});
const Message = Type.Object({
  kind: Type.Literal('message'),
  channel_id: Type.String({ pattern: CHANNEL_ID_PATTERN }),
  id: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$' }),
  timestamp: Time,
  author_id: Id,
  author_name: Type.String({ minLength: 1 }),
  content: Type.String({ minLength: 1, maxLength: MAX_CONTENT_LENGTH }),
  edited_at: Type.Optional(Time),
  client_message_id: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  reply_to: Type.Optional(Id),
  root: Type.Optional(Id),
  meta: Type.Optional(Type.Object({})),
  style: Type.Optional(Type.Literal('action')),
  mentions: Type.Optional(Type.Array(Person)),
  here: Type.Optional(Type.Literal(true)),
  hidden: Type.Optional(Type.Literal(true)),
  reactions: Type.Optional(
    Type.Array(Type.Object({ emoji: Type.String({ minLength: 1, maxLength: 64 }), users: Type.Array(Id) })),
  ),
});

/** A channel as a line has it. */
export type ImportedChannel = Static<typeof Channel>;
/** A message as a line has it. */
export type ImportedMessage = Static<typeof Message>;

const Line = Compile(Type.Union([Head, Channel, Message]));
const CONTROL = /[\0-\x1f\x7f]/;

/** What a line says, or what is wrong with it. Whatever is no more than a first line is null. */
export function importLine(
  text: string,
): ImportedChannel | ImportedMessage | null | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'not JSON' };
  }
  if (!Line.Check(value)) return { problem: 'no channel or message as an export has it' };
  if (!isStorable(text) || !isStorableJson(text)) {
    return { problem: 'not well-formed Unicode without U+0000' };
  }
  if (value.kind === 'message' && CONTROL.test(`${value.author_id}${value.client_message_id ?? ''}`)) {
    return { problem: 'a control character in an id' };
  }
  if (value.kind !== 'export') return value;
  if (value.of === 'messages' && value.version === EXPORT_VERSION) return null;
  return { problem: 'an export of another kind or version' };
}
