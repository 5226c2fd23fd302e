/**
 * What is written down while clients talk with a server: one record for each thing that happened, in the order in which
 * it happened to the process that drove them all. A verdict needs these records and nothing else.
 */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * A message or whisper as a log, or a client that was shown it, has it. Null where it doesn't tell; `to`, the id of a
 * whisper's recipient, is left out in channels.
 */
const to = { to: Type.Optional(Type.String()) };
const message = {
  seq: Type.Integer(),
  id: Type.Union([Type.String(), Type.Null()]),
  authorId: Type.Union([Type.String(), Type.Null()]),
  clientMessageId: Type.Union([Type.String(), Type.Null()]),
  content: Type.Union([Type.String(), Type.Null()]),
  /** The server's, ms since the epoch. */
  timestamp: Type.Union([Type.Number(), Type.Null()]),
  ...to,
};
const LoggedMessageSchema = Type.Object(message);
const operation = { operation: Type.Integer() };
const observer = { observer: Type.String() };
/** Which log: the id of a channel, or the key of an inbox (inbox-key.ts). */
const channel = { channelId: Type.String() };

/** `at`: ms since the recording began. */
function record<Name extends string, Properties extends Type.TProperties>(
  type: Name,
  properties: Properties,
) {
  return Type.Object({ type: Type.Literal(type), at: Type.Number(), ...properties });
}

const HistoryRecordSchema = Type.Union([
  /** How it was driven. */
  record('run', { seed: Type.Integer() }),
  /** A client was told to send a message, or a whisper, whose log is its sender's inbox. `operation` numbers these. */
  record('invoked', {
    ...operation,
    ...channel,
    sender: Type.String(),
    authorId: Type.String(),
    clientMessageId: Type.String(),
    content: Type.String(),
    ...to,
  }),
  /** The server acknowledged it, at its place in that log. `duplicate`: an earlier try had landed already. */
  record('ok', { ...operation, id: Type.String(), seq: Type.Integer(), duplicate: Type.Boolean() }),
  /** It can't have landed: it never left, or each try of it was refused. */
  record('failed', { ...operation, reason: Type.String() }),
  /** It may have landed. An operation without an outcome counts as this. */
  record('unknown', { ...operation, reason: Type.String() }),
  /**
   * A client joins a channel, or has its inbox, and is owed everything behind `after`; null: behind the first that it is
   * shown. Once more for the same log: it begins anew there.
   */
  record('joins', { ...observer, ...channel, after: Type.Union([Type.Integer(), Type.Null()]) }),
  record('shown', { ...observer, ...channel, ...message }),
  /** A client says that it will never show these places. */
  record('gap', { ...observer, ...channel, from: Type.Integer(), to: Type.Integer() }),
  /** A client lost its connection, or was thrown away for another one that goes on in its place. */
  record('cut', observer),
  record('back', observer),
  /** A client ended for good: what comes later it isn't owed. */
  record('left', observer),
  /**
   * Part of a channel's log as it was read back at the end, oldest first; an empty log has one empty page. `floor`: what lies below
   * was removed because its time was over; absent: nothing was.
   */
  record('page', {
    ...channel,
    events: Type.Array(LoggedMessageSchema),
    floor: Type.Optional(Type.Integer()),
  }),
]);

/** See {@link LoggedMessageSchema}. */
export type LoggedMessage = Readonly<Static<typeof LoggedMessageSchema>>;

/** One thing that happened. */
export type HistoryRecord = Readonly<Static<typeof HistoryRecordSchema>>;

const validator = Compile(HistoryRecordSchema);

/** Whether `value` is a record; members that this version doesn't know are let through. */
export function isHistoryRecord(value: unknown): value is HistoryRecord {
  return validator.Check(value);
}
