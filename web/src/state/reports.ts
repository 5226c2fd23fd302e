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
  /** Why the reports of some channel aren't among them, in words; null: all are. */
  readonly problem: string | null;
}

const PAGE = 50;
const SIGNED_OUT = 'You are signed out.';
const NO_REPORTS: ReportPage = { items: [], hasMore: false, problem: null };

/** See the head of the file. Nothing here rejects; what can fail resolves with why, in words. */
export class Reports {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** The newest of these channels that nobody has resolved, those that nobody looks after before the others. */
  async list(channelIds: readonly string[]): Promise<ReportPage> {
    const chat = this.#client();
    if (chat === null) return { ...NO_REPORTS, problem: SIGNED_OUT };
    const ask = async (channelId: string, state: 'open' | 'claimed'): Promise<ReportPage> => {
      try {
        return readReports(await chat.request('report:list', { channelId, data: { state, limit: PAGE } }));
      } catch (error) {
        return { ...NO_REPORTS, problem: `#${channelId}: ${reasonOf(error)}` };
      }
    };
    const asked = channelIds.flatMap((id) => [ask(id, 'open'), ask(id, 'claimed')]);
    return merged(await Promise.all(asked));
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

/** One queue of several: what nobody looks after in front, and the newest of that first. */
export function merged(pages: readonly ReportPage[]): ReportPage {
  const items = pages.flatMap((page) => page.items);
  const claimed = ({ claimedBy }: Report): number => (claimedBy === null ? 0 : 1);
  return {
    items: items.sort((a, b) => claimed(a) - claimed(b) || b.at - a.at),
    hasMore: pages.some(({ hasMore }) => hasMore),
    problem: pages.find(({ problem }) => problem !== null)?.problem ?? null,
  };
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
  const read = Array.isArray(items) ? items.flatMap(readReport) : [];
  return { items: read, hasMore: hasMore === true, problem: null };
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
