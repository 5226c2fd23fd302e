/** Turns what the chat client tells into changes of the page's state. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChatError } from '../../../src/client/chat-error.ts';
import type { PresenceChange } from '../../../src/client/client-events.ts';
import { ERROR_CODES } from '../../../src/protocol/errors.ts';
import type { LogEvent } from '../../../src/protocol/events.ts';
import {
  withChannel,
  withPerson,
  withoutPerson,
  type ChannelState,
  type PageState,
  type SignedIn,
} from './page-state.ts';
import { restarted, withNewer } from './timeline.ts';

/** Whom the client's news concern. */
export interface ClientListenerOptions {
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Whether messages of this channel are read as they come. */
  readonly isLookedAt: (channelId: string) => boolean;
  /** A channel's timeline has become longer. */
  readonly onGrown: (channelId: string) => void;
  readonly onFirstWelcome: () => void;
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
  const { update, isLookedAt, now } = options;
  const signedIn = (change: (state: SignedIn) => SignedIn): void => {
    update((state) => (state.screen === 'chat' ? change(state) : state));
  };
  let isFirst = true;
  let closeReason = '';

  chat.on('state', (state) => {
    if (state === 'connecting') signedIn((page) => ({ ...page, link: { kind: 'connecting' } }));
    if (state === 'online') signedIn((page) => ({ ...page, link: { kind: 'online' } }));
  });
  chat.on('closed', ({ reason, retryInMs }) => {
    closeReason = reason;
    if (retryInMs === null) return;
    signedIn((page) => ({ ...page, link: { kind: 'waiting', retryAt: now() + retryInMs } }));
  });
  chat.on('welcome', ({ user, server }) => {
    signedIn((page) => ({ ...page, user, serverName: server.name }));
    if (isFirst) options.onFirstWelcome();
    else options.onWelcome();
    isFirst = false;
  });
  chat.on('channels', (listed) => {
    signedIn((page) => ({ ...page, listed }));
  });
  chat.on('joined', ({ channelId, seq }) => {
    update((state) =>
      withChannel(state, channelId, (channel) =>
        // What was there before one came counts as read.
        channel.joined ? channel : { ...channel, joined: true, readSeq: seq },
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
  chat.on('event', (event) => {
    const counts = !isLookedAt(event.channelId) && isFromOthers(event, chat.user?.id);
    update((state) =>
      withChannel(state, event.channelId, (channel) => ({
        ...channel,
        timeline: withNewer(channel.timeline, [event]),
        unread: channel.unread + (counts && event.seq > channel.readSeq ? 1 : 0),
      })),
    );
    options.onGrown(event.channelId);
  });
  chat.on('gap', ({ channelId, reason }) => {
    // Places that the server has no events for leave nothing to show; else what follows isn't next to what is shown.
    if (reason === 'missing') return;
    update((state) =>
      withChannel(state, channelId, (channel) => ({ ...channel, timeline: restarted(channel.timeline) })),
    );
  });
  chat.on('error', (error) => {
    if (chat.state === 'stopped') options.onStopped(error, closeReason);
    else if (error.channelId !== undefined && !ERROR_CODES[error.code].retry)
      options.onChannelError(error.channelId);
  });
}

function isFromOthers(event: LogEvent, ownId: string | undefined): boolean {
  return event.type === 'message:created' && event.data.author.id !== ownId;
}

function withPresence(channel: ChannelState, change: PresenceChange): ChannelState {
  switch (change.kind) {
    case 'list':
      return { ...channel, members: change.members, memberCount: change.count };
    case 'count':
      return { ...channel, memberCount: change.count };
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
