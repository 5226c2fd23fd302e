/**
 * What another program publishes into the channel (docs/adr/0028). That program decides who may: nothing here judges it but
 * that there is such a channel and such a message. Each server of a Valkey gets the same events; the log makes one of them.
 */
import { ack, refuse } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { PublishedEvent } from '../protocol/published-event.ts';
import type { Reader } from '../protocol/shadow.ts';
import { begin } from './log-events.ts';
import { changeEntry, NO_MESSAGE } from './message-change.ts';
import type { MessageData } from './message-extras.ts';
import { search, standing } from './searches.ts';
import type { ChannelState, Context, Effects } from './state.ts';
import { typingElsewhere } from './typing.ts';

/** Twins of published messages wait for one another under this name, which no user has. */
const PARTY = '/published';
const READER: Reader = { id: PARTY, seesAll: true };
const GONE = failure('not_found', 'this channel was deleted');

/** Appends it, or tells it to who is there; the answer is an `ack`. */
export function published(state: ChannelState, event: PublishedEvent, waiter: Waiter, ctx: Context): Effects {
  if (state.deleted) return refuse(waiter, state.id, ctx.now, GONE);
  switch (event.kind) {
    case 'created':
      return created(state, event, waiter, ctx);
    case 'updated':
    case 'deleted':
      return changed(state, event, waiter, ctx);
    case 'typing':
      return [...typingElsewhere(state, event, ctx), ...ack(waiter, state.id, ctx.now)];
    case 'presence':
      return [...presence(state, event, ctx), ...ack(waiter, state.id, ctx.now)];
  }
}

function created(
  state: ChannelState,
  { id, content, author, data }: Extract<PublishedEvent, { kind: 'created' }>,
  waiter: Waiter,
  ctx: Context,
): Effects {
  if (state.inFlight.join(PARTY, id, waiter)) return [];
  const entry: AppendEntry = {
    log: state.log,
    // Updates, reactions and replies name it by this, as those of any other message do.
    id,
    isShared: true,
    type: 'message:created',
    sender: author.id,
    timestamp: ctx.now,
    data: JSON.stringify({ ...data, id, content, author }),
  };
  state.inFlight.begin(entry, PARTY, id, waiter);
  return [{ kind: 'append', entry }];
}

function changed(
  state: ChannelState,
  event: Extract<PublishedEvent, { kind: 'updated' | 'deleted' }>,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const then = (found: Parameters<typeof standing>[0], now: Context): Effects => {
    // A second deletion is told where the first one stands.
    const message =
      event.kind === 'updated' ? standing(found) : found?.type === 'message:created' ? found.data : null;
    if (message === null) return refuse(waiter, state.id, now.now, NO_MESSAGE);
    const entry =
      event.kind === 'updated'
        ? updateOf(state, event, message, now)
        : deletionOf(state, event, message, now);
    return begin(state, entry, waiter);
  };
  return search(state, event.id, { waiter, reader: READER, then }, ctx);
}

function updateOf(
  state: ChannelState,
  { content, data }: Extract<PublishedEvent, { kind: 'updated' }>,
  message: MessageData,
  ctx: Context,
): AppendEntry {
  const entry = changeEntry(state.log, changeOf(message, content, message.author, ctx));
  return {
    ...entry,
    data: JSON.stringify({ ...data, ...(JSON.parse(entry.data) as object) }),
  };
}

function deletionOf(
  state: ChannelState,
  { by }: Extract<PublishedEvent, { kind: 'deleted' }>,
  message: MessageData,
  ctx: Context,
): AppendEntry {
  return changeEntry(state.log, changeOf(message, null, by ?? message.author, ctx));
}

function changeOf(message: MessageData, content: string | null, { id, name }: UserRef, ctx: Context) {
  return { id: ctx.newId(), message, content, by: { id, name }, timestamp: ctx.now };
}

/** Who is here by a connection of their own is told of by that. */
function presence(
  state: ChannelState,
  { isOn, user, data }: Extract<PublishedEvent, { kind: 'typing' | 'presence' }>,
  ctx: Context,
): Effects {
  if (state.present.has(user.id)) return [];
  const type = isOn ? 'presence:join' : 'presence:leave';
  const frame = encodeEphemeralEvent(type, state.id, ctx.now, { ...data, user });
  return [{ kind: 'broadcast', frame, except: [], patienceMs: 0 }];
}
