/** Changes of what a channel is: its name, topic, privacy and settings. They hold when they are shown. */
import { ack, refuse } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { type ChannelSettings, CHANNEL_SETTINGS } from '../protocol/channel-settings.ts';
import { parseChannelName, parseDescription, parseTopic } from '../protocol/channel-text.ts';
import type { ActionName } from '../protocol/decide.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { leaveProblem } from './leave.ts';
import { begin } from './log-events.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** What is to be different; what is absent stays. */
export type ChannelUpdate = Readonly<Partial<ChannelSettings>> & {
  readonly name?: string;
  /** Null or empty: none. */
  readonly topic?: string | null;
  readonly description?: string | null;
  readonly private?: boolean;
  readonly position?: number;
  /** Id of the channel that it is to stand before in lists; null: behind those that have a place. */
  readonly before?: string | null;
};

/** What takes another right than a mode or the topic does. */
const ACTIONS: Readonly<Partial<Record<keyof ChannelUpdate, ActionName>>> = {
  name: 'channel:configure',
  private: 'channel:configure',
  archived: 'channel:archive',
  retentionDays: 'channel:archive',
  retentionMessages: 'channel:archive',
  position: 'channel:order',
  before: 'channel:order',
};
const KEYS: readonly (keyof ChannelUpdate)[] = [
  ...(['name', 'topic', 'description', 'private', 'position', 'before'] as const),
  ...CHANNEL_SETTINGS,
];

/** Changes what `update` names: appended, or acknowledged at once where everything stands so already. */
export function updateChannel(
  state: ChannelState,
  update: ChannelUpdate,
  from: Principal,
  waiter: Waiter,
  ctx: Context,
): Effects {
  const named = KEYS.filter((key) => update[key] !== undefined);
  const actions = new Set(named.map((key) => ACTIONS[key] ?? 'channel:update'));
  // Who may change nothing isn't told what a change would have to be.
  if (actions.size === 0) actions.add('channel:update');
  for (const action of actions) {
    const problem = leaveProblem(state, from, action, ctx);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
  }
  const changed = changesOf(state, update);
  if (!changed.ok) return refuse(waiter, state.id, ctx.now, changed.failure);
  if (named.length === 0) {
    return refuse(waiter, state.id, ctx.now, failure('bad_request', 'name what is to be changed'));
  }
  if (Object.keys(changed.value).length === 0) return ack(waiter, state.id, ctx.now);
  return begin(state, entryOf(state, changed.value, from, ctx), waiter);
}

/** What of it isn't so already. Where it stands in lists isn't known here. */
function changesOf(state: ChannelState, update: ChannelUpdate): Result<ChannelUpdate> {
  const name = update.name === undefined ? ok(state.name) : parseChannelName(update.name);
  if (!name.ok) return name;
  const topic = parseTopic(update.topic ?? '');
  if (!topic.ok) return topic;
  const description = parseDescription(update.description ?? '');
  if (!description.ok) return description;
  if (update.before !== undefined && update.position !== undefined) {
    return fail(failure('bad_request', 'it is position or before that says where it stands'));
  }
  if (update.before === state.id) return fail(failure('bad_request', 'no channel stands before itself'));
  const settings = CHANNEL_SETTINGS.filter(
    (key) => update[key] !== undefined && update[key] !== state.settings[key],
  ).map((key) => [key, update[key]]);
  const wantedTopic = topic.value === '' ? null : topic.value;
  const wantedDescription = description.value === '' ? null : description.value;
  return ok({
    ...(name.value === state.name ? {} : { name: name.value }),
    ...(update.topic === undefined || wantedTopic === (state.topic ?? null) ? {} : { topic: wantedTopic }),
    ...(update.description === undefined || wantedDescription === (state.description ?? null)
      ? {}
      : { description: wantedDescription }),
    ...(update.private === undefined || update.private === state.private ? {} : { private: update.private }),
    ...(update.position === undefined ? {} : { position: update.position }),
    ...(update.before === undefined ? {} : { before: update.before }),
    ...(Object.fromEntries(settings) as Partial<ChannelSettings>),
  });
}

function entryOf(state: ChannelState, changed: ChannelUpdate, from: Principal, ctx: Context): AppendEntry {
  const { name, topic, description, private: isPrivate, position, before, ...settings } = changed;
  const record = { name, topic, description, private: isPrivate, position, before };
  const change = {
    kind: 'channel',
    ...(Object.fromEntries(
      Object.entries(record).filter(([, value]) => value !== undefined),
    ) as ChannelUpdate),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  } as const;
  return {
    log: state.log,
    id: ctx.newId(),
    type: 'channel:updated',
    sender: from.id,
    timestamp: ctx.now,
    data: JSON.stringify({ ...changed, by: { id: from.id, name: from.name } }),
    changes: [change],
    audit: {
      ...{ action: 'channel:updated', by: from.name },
      target: { kind: 'channel', id: state.id, name: state.name },
      ...{ before: beforeOf(state, changed), after: changed },
    },
  };
}

/** What is going to be different, as it is now; where it stands in lists isn't known. */
function beforeOf(state: ChannelState, changed: ChannelUpdate): object {
  const { name, topic = null, description = null, settings } = state;
  const now = { name, topic, description, private: state.private, ...settings };
  return Object.fromEntries(Object.entries(now).filter(([key]) => Object.hasOwn(changed, key)));
}
