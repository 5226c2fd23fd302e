/** What a client makes of messages: as a page tells them, and of what is shown behind it. */
import type { MessageData } from '../../src/channel/message-extras.ts';
import type { Reacted } from '../../src/protocol/events.ts';

/** A message as people see it; who reacted in no order. */
export interface MessageView {
  content: string | null;
  readonly reactions: Map<string, Set<string>>;
  replies: number;
  /** Of what it replies to; null: of a deleted one. */
  quoted: string | null | undefined;
}

interface ShownEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The message as that data tells it. */
export function viewOf(data: MessageData): MessageView {
  const replies = data.thread?.count ?? 0;
  if ('deleted' in data) return { content: null, reactions: new Map(), replies, quoted: undefined };
  return {
    content: data.content,
    reactions: new Map(data.reactions?.map(({ emoji, users }) => [emoji, new Set(users)])),
    replies,
    quoted: data.quote === undefined ? undefined : (data.quote.content ?? null),
  };
}

/** By the ids of messages. What is shown of others is left out, unless that is asked for. */
export class MessageViews {
  readonly views = new Map<string, MessageView>();
  /** By the ids of replies: what they quote. */
  readonly #quoted = new Map<string, string>();

  /** A message, new or in a page. */
  tell(data: MessageData): void {
    this.views.set(data.id, viewOf(data));
    if ('quote' in data) this.#quoted.set(data.id, data.quote.id);
  }

  /** What was shown behind all that was told. */
  show({ type, data }: ShownEvent): void {
    const view = this.views.get(String(data['messageId'] ?? data['id']));
    switch (type) {
      case 'message:created': {
        const root = this.views.get(String('root' in data ? data['root'] : data['replyTo']));
        if (root !== undefined) root.replies += 1;
        return;
      }
      case 'message:updated':
        if (typeof data['content'] === 'string') this.#setText(String(data['id']), data['content']);
        return;
      case 'message:deleted': {
        this.#setText(String(data['id']), null);
        view?.reactions.clear();
        if (view !== undefined) view.quoted = undefined;
        this.#quoted.delete(String(data['id']));
        const root = this.views.get(String(data['root']));
        if (root !== undefined) root.replies -= 1;
        return;
      }
      case 'reaction:added':
      case 'reaction:removed':
        if (view !== undefined && view.content !== null) react(view, type, data as unknown as Reacted);
        return;
      default:
    }
  }

  #setText(id: string, text: string | null): void {
    const view = this.views.get(id);
    if (view !== undefined) view.content = text;
    for (const [reply, quoted] of this.#quoted) {
      const quoting = this.views.get(reply);
      if (quoted === id && quoting !== undefined) quoting.quoted = text;
    }
  }
}

function react({ reactions }: MessageView, type: string, { emoji, user }: Reacted): void {
  const users = reactions.get(emoji) ?? new Set();
  if (type === 'reaction:added') users.add(user.id);
  else users.delete(user.id);
  if (users.size > 0) reactions.set(emoji, users);
  else reactions.delete(emoji);
}
