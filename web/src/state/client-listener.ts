/** Turns what the chat client tells into changes of the page's state. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChatError } from '../../../src/client/chat-error.ts';
import type { PresenceChange } from '../../../src/client/client-events.ts';
import type { User } from '../../../src/protocol/entities.ts';
import { ERROR_CODES } from '../../../src/protocol/errors.ts';
import type { MessageCreated } from '../../../src/protocol/events.ts';
import { connectionWords } from './connection-words.ts';
import { UNRESTRICTED } from './hindrance.ts';
import { channelEnd, putOut, withMemberEvent, withoutChannel, type PutOut } from './member-events.ts';
import { mentions } from './mentions.ts';
import { withCounts } from './read-marks.ts';
import {
  isBlocked,
  withChannel,
  withPerson,
  withoutPerson,
  type ChannelState,
  type PageState,
  type SignedIn,
} from './page-state.ts';
import { personOf } from './person-of.ts';
import { reportEnd } from './reports.ts';
import { fieldsOf } from './server-requests.ts';
import { restarted, withNewer } from './timeline.ts';

/** A message of another person that came while nobody looked at its channel. */
export interface UnseenMessage {
  readonly channelId: string;
  readonly message: MessageCreated;
  /** Whether it names the reader. */
  readonly mention: boolean;
}

/** Whom the client's news concern. */
export interface ClientListenerOptions {
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Whether messages of this channel are read as they come. */
  readonly isLookedAt: (channelId: string) => boolean;
  /** Whether its reader looks at its newest messages. */
  readonly isEndInView: (channelId: string) => boolean;
  /** A channel's timeline has become longer. */
  readonly onGrown: (channelId: string) => void;
  readonly onUnseen: (unseen: UnseenMessage) => void;
  /** A moderator has put the reader out of a channel. */
  readonly onPutOut: (putOut: PutOut) => void;
  readonly onFirstWelcome: (user: User) => void;
  /** A connection is ready that isn't the first. */
  readonly onWelcome: () => void;
  /** The server doesn't let this identity go on. */
  readonly onStopped: (error: ChatError, closeReason: string) => void;
  /** Something about a channel was refused, perhaps that one is in it. */
  readonly onChannelError: (channelId: string) => void;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Listens for as long as the client lives. */
export function listenTo(chat: ChatClient, options: ClientListenerOptions): void {
  const { update } = options;
  listenToConnection(chat, options);
  chat.on('joined', ({ channelId, seq, settings, role, muted }) => {
    const own = { settings: settings ?? UNRESTRICTED.settings, role, muted, pageSeq: seq };
    update((state) =>
      withChannel(state, channelId, (channel) =>
        // What was there before one came counts as read.
        channel.joined ? { ...channel, ...own } : { ...channel, ...own, joined: true, readSeq: seq },
      ),
    );
  });
  chat.on('presence', (change) => {
    update((state) => withChannel(state, change.channelId, (channel) => withPresence(channel, change)));
  });
  chat.on('typing', ({ channelId, user, typing }) => {
    update((state) =>
      withChannel(state, channelId, (channel) => ({
        ...channel,
        typing: typing ? withPerson(channel.typing, user) : withoutPerson(channel.typing, user),
      })),
    );
  });
  listenToLog(chat, options);
}

function listenToConnection(chat: ChatClient, options: ClientListenerOptions): void {
  const { update, now } = options;
  const signedIn = (change: (state: SignedIn) => SignedIn): void => {
    update((state) => (state.screen === 'chat' ? change(state) : state));
  };
  let isFirst = true;
  let wasOnline = false;
  let closeReason = '';
  chat.on('state', (state) => {
    if (state === 'connecting') signedIn((page) => ({ ...page, link: { kind: 'connecting' } }));
    if (state === 'online') signedIn((page) => ({ ...page, link: { kind: 'online' } }));
    if (state === 'online') wasOnline = true;
  });
  chat.on('closed', (closed) => {
    const { retryInMs } = closed;
    closeReason = closed.reason;
    const reason = connectionWords(closed, wasOnline);
    wasOnline = false;
    if (retryInMs === null) return;
    signedIn((page) => ({ ...page, link: { kind: 'waiting', retryAt: now() + retryInMs, reason } }));
  });
  chat.on('welcome', ({ user, server }) => {
    signedIn((page) => ({ ...page, user, serverName: server.name }));
    if (isFirst) options.onFirstWelcome(user);
    else options.onWelcome();
    isFirst = false;
  });
  chat.on('user:updated', (user) => {
    signedIn((page) => ({ ...page, user }));
  });
  chat.on('channels', (listed) => {
    signedIn((page) => ({ ...page, listed }));
  });
  chat.on('error', (error) => {
    if (chat.state === 'stopped') options.onStopped(error, closeReason);
    else if (error.channelId !== undefined && !ERROR_CODES[error.code].retry)
      options.onChannelError(error.channelId);
  });
}

function listenToLog(chat: ChatClient, options: ClientListenerOptions): void {
  const { state, update, isLookedAt, isEndInView, now } = options;
  const slowed = (channelId: string, forMs: number): void => {
    update((known) => withChannel(known, channelId, (channel) => ({ ...channel, slowUntil: now() + forMs })));
  };
  chat.on('event', (event) => {
    const { channelId, seq } = event;
    const channelBefore = channelOf(state(), channelId);
    const created = event.type === 'message:created' && !('deleted' in event.data) ? event.data : null;
    const message = created?.author.id === chat.user?.id ? null : created;
    const unseen =
      message !== null &&
      !isBlocked(state(), message.author.id) &&
      channelBefore !== undefined &&
      seq > channelBefore.readSeq &&
      seq > channelBefore.timeline.headSeq &&
      !isLookedAt(channelId);
    const mention = unseen && isNamed(message, chat.user);
    update((known) =>
      withChannel(known, channelId, (channel) => ({
        ...channel,
        timeline: withNewer(
          channel.timeline,
          [event],
          message !== null && !isEndInView(channelId),
          seq <= channel.pageSeq ? channel.pageSeq : 0,
        ),
        unread: channel.unread + (unseen ? 1 : 0),
        mentions: channel.mentions + (mention ? 1 : 0),
      })),
    );
    const ownId = chat.user?.id ?? '';
    update((known) => withMemberEvent(known, event, ownId));
    const slowMode = channelBefore?.settings.slowModeSeconds ?? 0;
    if (slowMode > 0 && created !== null && message === null) slowed(channelId, slowMode * 1000);
    options.onGrown(channelId);
    if (unseen) options.onUnseen({ channelId, message, mention });
    // What is told again of old is over: one is in the channel now.
    const out = putOut(event, ownId);
    if (out !== null && channelBefore?.joined === true && seq > channelBefore.readSeq) options.onPutOut(out);
  });
  chat.on('unread', (counts) => {
    update((known) => withCounts(known, counts, isLookedAt));
  });
  chat.on('frame', (frame) => {
    const { type, channelId } = frame;
    if (type === 'report:created' && channelId !== undefined) {
      update((known) =>
        withChannel(known, channelId, (channel) => ({ ...channel, newReports: channel.newReports + 1 })),
      );
    }
    const end = channelEnd(frame);
    if (end !== null) {
      update((known) => withoutChannel(known, end.channelId));
      if (channelOf(state(), end.channelId)?.joined === true) options.onPutOut(end);
    }
    const text = reportEnd(frame);
    if (text === null) return;
    update((known) => (known.screen === 'chat' ? { ...known, told: { text, roomId: null } } : known));
  });
  chat.on('outbox', (change) => {
    if (change.change === 'delayed' && change.failure.code === 'slow_mode')
      slowed(change.message.channelId, change.retryInMs);
  });
  chat.on('gap', ({ channelId, reason }) => {
    // Places that the server has no events for leave nothing to show; else what follows isn't next to what is shown.
    if (reason === 'missing') return;
    update((known) =>
      withChannel(known, channelId, (channel) => ({ ...channel, timeline: restarted(channel.timeline) })),
    );
  });
}

/** Servers that don't say whom a message names leave it to be looked for. */
function isNamed(message: MessageCreated, user: User | null): boolean {
  const { mentions: named } = fieldsOf(message);
  if (Array.isArray(named)) return named.some((person) => personOf(person)?.id === user?.id);
  return mentions(message.content, user?.name ?? '');
}

function channelOf(state: PageState, channelId: string): ChannelState | undefined {
  return state.screen === 'chat' ? state.channels[channelId] : undefined;
}

function withPresence(channel: ChannelState, change: PresenceChange): ChannelState {
  switch (change.kind) {
    case 'list':
      return { ...channel, members: change.members, memberCount: change.count };
    case 'count':
      return { ...channel, memberCount: change.count };
    case 'update': {
      const { user } = change;
      return { ...channel, members: channel.members.map((one) => (one.id === user.id ? user : one)) };
    }
    case 'join': {
      const members = withPerson(channel.members, change.user);
      const more = members === channel.members ? 0 : 1;
      return { ...channel, members, memberCount: channel.memberCount + more };
    }
    case 'leave': {
      const members = withoutPerson(channel.members, change.user);
      // Somebody beyond the hundred that are listed may be the one who left.
      const wasKnown =
        members.length < channel.members.length || channel.memberCount > channel.members.length;
      return { ...channel, members, memberCount: channel.memberCount - (wasKnown ? 1 : 0) };
    }
  }
}
