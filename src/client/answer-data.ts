/** Reads the `data` of an answer. */
import type { UserRef } from '../protocol/entities.ts';
import type { ConnectionEvents, Replies, ServerFrame } from '../protocol/events.ts';
import { ChatError } from './chat-error.ts';
import type { ConversationList, WhisperPage } from './inbox-news.ts';

/** `data` of each answer, by type. */
export interface AnswerData extends Replies {
  readonly channels: ConnectionEvents['channels'];
  readonly unread: ConnectionEvents['unread'];
  readonly whispers: WhisperPage;
  readonly conversations: ConversationList;
  readonly blocks: { readonly items: readonly UserRef[] };
}

/** Sends a request of `type`, waits as calls do, and resolves with the `data` of its answer, which must be an `answer`. */
export type AskFor = <K extends keyof AnswerData>(
  answer: K,
  type: string,
  options: CallOptions,
) => Promise<AnswerData[K]>;

/** What may go with a request. */
export interface CallOptions {
  readonly channelId?: string | undefined;
  readonly data?: unknown;
  /** ms until the request is given up, in whatever state. */
  readonly timeoutMs?: number | undefined;
}

/** The `data` of an answer that must be of `type`; throws a {@link ChatError} `internal` when it is another. */
export function answerData<K extends keyof AnswerData>(frame: ServerFrame, type: K): AnswerData[K] {
  if (frame.type === type) return frame.data as AnswerData[K];
  throw new ChatError({ code: 'internal', message: `the server answered ${frame.type} instead of ${type}` });
}
