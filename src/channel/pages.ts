/** Answers that hold a page of the channel's events. */
import { reply } from '../log/answers.ts';
import type { Page } from '../log/pages.ts';
import { DEFAULT_SETTINGS, CHANNEL_SETTINGS } from '../protocol/channel-settings.ts';
import { isHolding } from '../protocol/decide.ts';
import { MAX_LISTED_MEMBERS } from '../protocol/limits.ts';
import type { Effect, ReadPurpose } from './effects.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import { listPresent } from './presence.ts';
import { placeFor, readerAt } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** Answers a join: subscribes the connection and sends `channel:joined` with the state of this moment. */
export function answerJoin(
  state: ChannelState,
  purpose: Extract<ReadPurpose, { kind: 'join' }>,
  page: Page,
  ctx: Context,
): Effects {
  const { waiter, recovered } = purpose;
  state.listening.add(waiter.connection);
  const members = JSON.stringify(listPresent(state, MAX_LISTED_MEMBERS));
  const data =
    `{"epoch":${JSON.stringify(state.epoch)},"seq":${state.head}${floorOf(state)},"recovered":${recovered},"hasMore":${page.hasMore}` +
    `,"events":${eventsFor(state, waiter.connection, page, ctx)},"members":${members},"memberCount":${state.present.size}${ownPart(state, waiter, ctx)}}`;
  return [subscribe(waiter.connection), joinedFrame(state, waiter, ctx, data)];
}

/** The rest of the answer: what is set of the channel, and what the one who joins is in it, where there is such. */
function ownPart(
  { settings, members, sanctions, userOf }: ChannelState,
  waiter: Waiter,
  ctx: Context,
): string {
  const user = userOf.get(waiter.connection);
  const role = user === undefined ? undefined : members.get(user.id)?.role;
  const mute = user === undefined ? undefined : sanctions.mute.get(user.id);
  const isSet = CHANNEL_SETTINGS.some((name) => settings[name] !== DEFAULT_SETTINGS[name]);
  return (
    (isSet ? `,"settings":${JSON.stringify(settings)}` : '') +
    (role === undefined ? '' : `,"role":"${role}"`) +
    (isHolding(mute, ctx.now) ? `,"muted":{"until":${mute.until}}` : '')
  );
}

/** Where the log begins, when that isn't its first place: what lies below was removed. */
function floorOf({ floor }: ChannelState): string {
  return floor > 1 ? `,"floor":${floor}` : '';
}

/** Answers `history:get`. */
export function answerHistory(state: ChannelState, waiter: Waiter, page: Page, ctx: Context): Effects {
  return reply(
    'history',
    waiter,
    state.id,
    ctx.now,
    `{"seq":${state.head}${floorOf(state)},"events":${eventsFor(state, waiter.connection, page, ctx)},"hasMore":${page.hasMore}}`,
  );
}

/** The page's events as a JSON array. Where all of them are for everyone, it is the same for everyone. */
function eventsFor(state: ChannelState, connection: ConnectionKey, { events }: Page, ctx: Context): string {
  if (events.every(({ shadowed }) => shadowed === 'no')) return ctx.pageTexts.of(state.id, events, ctx.mono);
  const reader = readerAt(state, connection, ctx.now);
  return `[${events.map((event) => placeFor(state.id, event, reader)).join(',')}]`;
}

/** `channel:joined` is sent even without a `ref`: a client that came with `?channelId=` asked by its URL. */
function joinedFrame(state: ChannelState, waiter: Waiter, ctx: Context, data: string): Effect {
  const ref = waiter.ref === undefined ? '' : `,"ref":${JSON.stringify(waiter.ref)}`;
  const frame = `{"type":"channel:joined"${ref},"channelId":"${state.id}","timestamp":${ctx.now},"data":${data}}`;
  return { kind: 'send', to: waiter.connection, frame };
}

function subscribe(connection: ConnectionKey): Effect {
  return { kind: 'subscribe', connection };
}
