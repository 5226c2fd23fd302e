/** {@link ReportStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import {
  type HandledReport,
  type NewReport,
  type Report,
  REPORT_CONTEXT,
  type ReportedMessage,
  type ReportPage,
  type ReportQuery,
  type ReportReader,
  type ReportResolution,
  type ReportStore,
  type ReportWork,
} from '../../protocol/reports.ts';
import { RANKS, rankOf } from '../../protocol/decide.ts';
import { isStaff, maySee } from '../../protocol/permissions.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { shadowOf } from '../../protocol/shadow.ts';
import type { StoredEvent } from '../../shard/ports/channel-log.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';
import {
  claimed,
  isTheirs,
  NO_MESSAGE,
  NO_REPORT,
  OWN_MESSAGE,
  resolved,
  type Worked,
} from '../report-work.ts';

/** Reports of what stands in a {@link MemoryLogStore}, whose audit log keeps what is done with them. */
export class MemoryReports implements ReportStore {
  readonly #log: MemoryLogStore;
  readonly #reports = new Map<string, Report>();

  constructor(log: MemoryLogStore) {
    this.#log = log;
  }

  async file(filed: NewReport): Promise<Result<HandledReport>> {
    const { id, channelId, messageId, reporter, seesAll = false, reason, at } = filed;
    const known = [...this.#reports.values()].find(
      (one) => one.message.id === messageId && one.reporter.id === reporter.id && one.state !== 'resolved',
    );
    if (known?.channelId === channelId) return ok({ report: known, duplicate: true });
    const { events } = this.#log.log(`channel:${channelId}`);
    const isSeen = (event: StoredEvent): boolean => seesAll || shadowOf(event.data) === undefined;
    // One's own is told apart, as one's own.
    const messages = events
      .filter((event) => isSeen(event) || (event.id === messageId && event.sender === reporter.id))
      .flatMap(messageOf);
    const index = messages.findIndex((one) => one.id === messageId);
    const message = messages[index];
    if (message === undefined) return fail(NO_MESSAGE);
    if (message.author.id === reporter.id) return fail(OWN_MESSAGE);
    const context = messages.slice(Math.max(0, index - REPORT_CONTEXT), index);
    const report: Report = {
      ...{ id, channelId, state: 'open', reporter, reason, createdAt: at, message, context },
    };
    this.#reports.set(id, report);
    return ok({ report, duplicate: false });
  }

  async list({ channelId, state, after, limit, by }: ReportQuery): Promise<Result<ReportPage>> {
    const found = [...this.#reports.values()]
      .filter((one) => channelId === undefined || one.channelId === channelId)
      .filter(
        (one) => (state === undefined || one.state === state) && (after === undefined || one.id < after),
      )
      .filter(({ message }) => message.author.id !== by)
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async listFor(reader: ReportReader, query: ReportQuery, at: number): Promise<Result<ReportPage>> {
    const { limit } = query;
    const all = await this.list({ ...query, limit: Number.MAX_SAFE_INTEGER });
    if (!all.ok) return all;
    const items = all.value.items.filter(({ channelId }) => this.#looksAfter(reader, channelId, at));
    return ok({ items: items.slice(0, limit), hasMore: items.length > limit });
  }

  async looksAfterAny(reader: ReportReader, at: number): Promise<Result<boolean>> {
    const channels = this.#log.keys().flatMap((key) => (key.startsWith('channel:') ? [key.slice(8)] : []));
    return ok(channels.some((id) => this.#looksAfter(reader, id, at)));
  }

  async claim(work: ReportWork): Promise<Result<HandledReport>> {
    return this.#work(work, (report) => claimed(report, work));
  }

  async resolve(resolution: ReportResolution): Promise<Result<HandledReport>> {
    return this.#work(resolution, (report) => resolved(report, resolution));
  }

  async deleteBefore(at: number): Promise<Result<void>> {
    for (const { id, createdAt } of this.#reports.values()) if (createdAt < at) this.#reports.delete(id);
    return ok(undefined);
  }

  #looksAfter(reader: ReportReader, channelId: string, now: number): boolean {
    const channel = this.#log.channel(channelId);
    if (channel === null) return isStaff(reader) && reader.channels === undefined;
    const { members, sanctions } = this.#log.tables(channelId);
    const role = members.find(({ user }) => user === reader.id)?.role;
    if (!maySee(reader, channel, role !== undefined)) return false;
    const isOut = sanctions.some(
      ({ kind, user, until }) =>
        user === reader.id &&
        ((kind === 'ban' && until === null) || (kind !== 'mute' && until !== null && until > now)),
    );
    if (isOut && !reader.roles.includes('admin')) return false;
    return rankOf(reader.roles, role) >= RANKS.moderator;
  }

  #work(work: ReportWork, change: (report: Report) => Result<Worked>): Result<HandledReport> {
    const before = this.#reports.get(work.id);
    if (before === undefined || !isTheirs(before, work)) return fail(NO_REPORT);
    const { reader, at } = work;
    if (reader !== undefined && !this.#looksAfter(reader, before.channelId, at)) return fail(NO_REPORT);
    const worked = change(before);
    if (!worked.ok) return worked;
    const { report, duplicate, act } = worked.value;
    this.#reports.set(report.id, report);
    this.#log.audit.keep(act ?? undefined);
    return ok({ report, duplicate });
  }
}

/** Nothing of what is no message, or was deleted. */
function messageOf({ id, type, timestamp, data }: StoredEvent): ReportedMessage[] {
  if (type !== 'message:created') return [];
  const { author, content } = JSON.parse(data) as Partial<ReportedMessage>;
  return author === undefined || content === undefined ? [] : [{ id, author, content, timestamp }];
}
