/** Takes each frame of the server to whom it concerns. */
import type { User, UserRef } from '../protocol/entities.ts';
import type { ConnectionEvents, DurableEvents, LogEvent, ServerFrame } from '../protocol/events.ts';
import type { ChannelUnread, UnreadState } from '../protocol/unread.ts';
import { ChatError, readFailure } from './chat-error.ts';
import type { ClientEvents, PresenceChange } from './client-events.ts';
import type { Emitter } from './emitter.ts';
import type { InboxEngine } from './inbox-engine.ts';
import type { Membership } from './membership.ts';
import type { Requests } from './requests.ts';
import type { TypingMarks } from './typing-marks.ts';

/** Events after which the one whom they are about is out of the channel, and what that is called. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['member:kicked', 'kicked'],
  ['member:banned', 'banned'],
  ['member:left', 'left by another connection'],
]);

/** Whom frames concern. */
export interface FrameRouterOptions {
  readonly requests: Requests;
  readonly events: Emitter<ClientEvents>;
  readonly typingMarks: TypingMarks;
  readonly inbox: InboxEngine;
  readonly membership: (channelId: string) => Membership | undefined;
  /** Null while nobody is known. */
  readonly ownId: () => string | null;
  readonly onRestarted: (restarted: ConnectionEvents['route:restarted']) => void;
  /** What one hasn't read of channels, in all of which one needn't be. */
  readonly onUnread: (channels: readonly ChannelUnread[]) => void;
  /** The channel isn't there any more. */
  readonly onDeleted: (channelId: string) => void;
  readonly onPresence: (change: PresenceChange) => void;
  /** One is somebody else from now on, in name or rights. */
  readonly onUser: (user: User) => void;
  /** The server no longer lets one be in a channel that one had joined. */
  readonly onOut: (channelId: string, error: ChatError) => void;
}

/**
 * Answers go to their requests, durable events to their channel's membership or to the inbox, the rest to listeners.
 */
export class FrameRouter {
  readonly #options: FrameRouterOptions;

  constructor(options: FrameRouterOptions) {
    this.#options = options;
  }

  /** Routes one frame. */
  route(frame: ServerFrame): void {
    if (this.#options.requests.take(frame)) return;
    // An answer that nobody waits for any more; who asked has asked again.
    if (frame.ref !== undefined) return;
    const { channelId } = frame;
    if (frame.type === 'read:updated' && channelId !== undefined) {
      this.#options.onUnread([{ id: channelId, ...(frame.data as UnreadState) }]);
      return;
    }
    if (channelId === undefined || frame.type === 'error') {
      this.#aboutConnection(frame);
      return;
    }
    if (frame.type === 'channel:deleted') {
      this.#deleted(frame, channelId);
      return;
    }
    const membership = this.#options.membership(channelId);
    // What was under way when one left.
    if (membership === undefined) return;
    if (frame.seq === undefined) {
      this.#ephemeral(frame, channelId);
      return;
    }
    membership.take(frame as LogEvent);
    if (ENDINGS.has(frame.type)) this.#perhapsOut(frame, channelId);
  }

  /** Nothing comes behind the event that puts one out of a channel. */
  #perhapsOut({ type, data }: ServerFrame, channelId: string): void {
    const { user, reason } = data as DurableEvents['member:kicked'];
    if (user.id !== this.#options.ownId()) return;
    const message = `${ENDINGS.get(type) ?? 'out'}${reason === undefined ? '' : `: ${reason}`}`;
    const code = type === 'member:banned' ? 'banned' : 'not_member';
    this.#options.onOut(channelId, new ChatError({ code, message }, { channelId }));
  }

  /** Members hear of it who aren't in the channel, too. */
  #deleted(frame: ServerFrame, channelId: string): void {
    const { events, membership, onDeleted, onOut } = this.#options;
    onDeleted(channelId);
    events.emit('frame', frame);
    if (membership(channelId) === undefined) return;
    onOut(channelId, new ChatError({ code: 'not_found', message: 'the channel was deleted' }, { channelId }));
  }

  #aboutConnection(frame: ServerFrame): void {
    const { events } = this.#options;
    switch (frame.type) {
      case 'error':
        this.#failed(new ChatError(readFailure(frame.data), { channelId: frame.channelId }));
        return;
      case 'channels':
        events.emit('channels', (frame.data as ConnectionEvents['channels']).items);
        return;
      case 'user:updated':
        this.#options.onUser((frame.data as ConnectionEvents['user:updated']).user);
        return;
      case 'unread':
        this.#options.onUnread((frame.data as ConnectionEvents['unread']).channels);
        return;
      case 'route:restarted':
        this.#options.onRestarted(frame.data as ConnectionEvents['route:restarted']);
        return;
      default:
        if (!this.#options.inbox.take(frame)) events.emit('frame', frame);
    }
  }

  /** An error that answers nothing. `not_member` tells that one is out of a channel. */
  #failed(error: ChatError): void {
    const { events, membership, onOut } = this.#options;
    const { code, channelId } = error;
    if (code === 'not_member' && channelId !== undefined && membership(channelId)?.joined === true) {
      onOut(channelId, error);
    } else {
      events.emit('error', error);
    }
  }

  #ephemeral(frame: ServerFrame, channelId: string): void {
    const { events, typingMarks, onPresence } = this.#options;
    const { user, count } = (frame.data ?? {}) as { readonly user: UserRef; readonly count: number };
    switch (frame.type) {
      case 'typing:start':
        typingMarks.start(channelId, user);
        return;
      case 'typing:stop':
        typingMarks.stop(channelId, user);
        return;
      case 'presence:join':
        onPresence({ kind: 'join', channelId, user });
        return;
      case 'presence:leave':
        typingMarks.stop(channelId, user);
        onPresence({ kind: 'leave', channelId, user });
        return;
      case 'presence:updated':
        onPresence({ kind: 'update', channelId, user });
        return;
      case 'presence:count':
        onPresence({ kind: 'count', channelId, count });
        return;
      default:
        events.emit('frame', frame);
    }
  }
}
