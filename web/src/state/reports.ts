/** What was reported to the moderators of channels: the queue, and what they do about it. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { personOf } from './person-of.ts';
import { problemOf, reasonOf } from './reason.ts';
import { fieldsOf } from './server-requests.ts';

/** A report that isn't resolved. `at` in ms since the epoch. */
export interface Report {
  readonly id: string;
  readonly channelId: string;
  /** Of the message. */
  readonly messageId: string;
  readonly author: UserRef;
  /** What the message said then. */
  readonly content: string;
  readonly reporter: UserRef | null;
  readonly reason: string;
  readonly at: number;
  /** Who looks after it; null: nobody yet. */
  readonly claimedBy: UserRef | null;
}

/** How a report ends. */
export type ReportOutcome = 'actioned' | 'dismissed';

/** Some of the queue. */
export interface ReportPage {
  readonly items: readonly Report[];
  readonly hasMore: boolean;
}

const PAGE = 50;
const SIGNED_OUT = 'You are signed out.';

/** See the head of the file. Nothing here rejects; what can fail resolves with why, in words. */
export class Reports {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /**
   * The newest that nobody has resolved, of all channels that one looks after; those that nobody looks after before the
   * others. A string says in words why not.
   */
  async list(): Promise<ReportPage | string> {
    const chat = this.#client();
    if (chat === null) return SIGNED_OUT;
    const ask = async (state: 'open' | 'claimed'): Promise<ReportPage> =>
      readReports(await chat.request('report:list', { data: { state, limit: PAGE } }));
    try {
      const [open, claimed] = await Promise.all([ask('open'), ask('claimed')]);
      return { items: [...open.items, ...claimed.items], hasMore: open.hasMore || claimed.hasMore };
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Says that one looks after a report. */
  async claim(channelId: string, id: string): Promise<string | null> {
    return this.#ask('report:claim', channelId, { id });
  }

  /** Ends a report. */
  async resolve(channelId: string, id: string, outcome: ReportOutcome): Promise<string | null> {
    return this.#ask('report:resolve', channelId, { id, outcome });
  }

  async #ask(type: string, channelId: string, data: object): Promise<string | null> {
    const chat = this.#client();
    return chat === null ? SIGNED_OUT : problemOf(() => chat.request(type, { channelId, data }));
  }
}

/** What a frame tells whoever made a report of its end, in words; null for other frames. */
export function reportEnd(frame: { readonly type: string; readonly data?: unknown }): string | null {
  if (frame.type !== 'report:resolved') return null;
  return fieldsOf(frame.data)['outcome'] === 'actioned'
    ? 'The moderators have done something about what you reported. Thank you.'
    : 'The moderators have looked at what you reported, and left it as it is.';
}

/** Reads the answer to `report:list`. */
export function readReports(answer: unknown): ReportPage {
  const { items, hasMore } = fieldsOf(answer);
  return { items: Array.isArray(items) ? items.flatMap(readReport) : [], hasMore: hasMore === true };
}

function readReport(value: unknown): readonly Report[] {
  const { id, channelId, message, reporter, reason, createdAt, claimedBy } = fieldsOf(value);
  const { id: messageId, author: by, content } = fieldsOf(message);
  const author = personOf(by);
  if (typeof id !== 'string' || typeof messageId !== 'string' || author === null) return [];
  if (typeof channelId !== 'string') return [];
  return [
    {
      id,
      channelId,
      messageId,
      author,
      content: typeof content === 'string' ? content : '',
      reporter: personOf(reporter),
      reason: typeof reason === 'string' ? reason : '',
      at: typeof createdAt === 'number' ? createdAt : 0,
      claimedBy: personOf(claimedBy),
    },
  ];
}
