/** What the events of moderators make of the page's channels. */
import type { LogEvent, ServerFrame } from '../../../src/protocol/events.ts';
import { roleOf } from './channel-roles.ts';
import { withSettings } from './hindrance.ts';
import type { ChannelState, PageState } from './page-state.ts';
import { withChannel } from './page-state.ts';
import { personOf } from './person-of.ts';
import { fieldsOf } from './server-requests.ts';

/** The reader was put out of a channel, in words. */
export interface PutOut {
  readonly channelId: string;
  readonly words: string;
}

/** The channel after `event`, of which `ownId` reads. */
export function withMemberEvent(state: PageState, event: LogEvent, ownId: string): PageState {
  const type: string = event.type;
  const data = fieldsOf('data' in event ? event.data : undefined);
  const isOwn = personOf(data['user'])?.id === ownId;
  const { until } = data;
  if (type === 'channel:updated') return withUpdate(state, event.channelId, data);
  if (!isOwn) return state;
  const change = (fields: Partial<ChannelState>): PageState =>
    withChannel(state, event.channelId, (channel) => ({ ...channel, ...fields }));
  if (type === 'member:muted') return change({ muted: { until: typeof until === 'number' ? until : null } });
  if (type === 'member:unmuted') return change({ muted: null });
  if (type === 'member:added' || type === 'member:role') return change({ role: roleOf(data['role']) });
  if (type === 'member:left') return change({ role: null });
  return state;
}

/** Null: the event puts the reader out of nothing. */
export function putOut(event: LogEvent, ownId: string): PutOut | null {
  const type: string = event.type;
  if (type !== 'member:kicked' && type !== 'member:banned') return null;
  const { user, by, reason } = fieldsOf('data' in event ? event.data : undefined);
  if (personOf(user)?.id !== ownId) return null;
  const what = type === 'member:kicked' ? 'put you out of' : 'banned you from';
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : '.';
  return {
    channelId: event.channelId,
    words: `${personOf(by)?.name ?? 'A moderator'} ${what} #${event.channelId}${why}`,
  };
}

/** The channel isn't there any more: in no list, and whoever is in it is told so. Null: the frame tells of no such end. */
export function channelEnd(frame: ServerFrame): PutOut | null {
  const { type, channelId } = frame;
  if (type !== 'channel:deleted' || channelId === undefined) return null;
  const by = personOf(fieldsOf(frame.data)['by']);
  return { channelId, words: `${by?.name ?? 'A moderator'} deleted #${channelId}.` };
}

/** The lists without a channel that was deleted. */
export function withoutChannel(state: PageState, id: string): PageState {
  return state.screen === 'chat'
    ? { ...state, listed: state.listed.filter((channel) => channel.id !== id) }
    : state;
}

/** What a channel is called and about, and what is set of it. */
function withUpdate(state: PageState, id: string, data: Readonly<Record<string, unknown>>): PageState {
  const changed = withChannel(state, id, (channel) => ({
    ...channel,
    settings: withSettings(channel.settings, data),
  }));
  if (changed.screen !== 'chat') return changed;
  const { name, topic, description } = data;
  const listed = changed.listed.map(({ topic: before, ...channel }) => {
    const now = channel.id !== id || topic === undefined ? before : topic;
    const about = typeof now === 'string' && now !== '' ? { topic: now } : {};
    if (channel.id !== id) return { ...channel, ...about };
    return {
      ...channel,
      ...about,
      ...(typeof name === 'string' ? { name } : {}),
      // An empty one is none.
      ...(description === undefined
        ? {}
        : { description: typeof description === 'string' ? description : '' }),
      ...(typeof data['private'] === 'boolean' ? { private: data['private'] } : {}),
    };
  });
  return { ...changed, listed };
}
