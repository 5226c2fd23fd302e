/** The reports of all channels that somebody looks after. Over REST and WebSocket alike. */
import type { Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { type ChatPolicy, isStaff, mayWrite } from '../protocol/permissions.ts';
import { type ReportPage, type ReportQuery, type ReportStore, withinBytes } from '../protocol/reports.ts';
import { fail, ok, type Result } from '../protocol/result.ts';

/** What a {@link ReportQueue} needs. `now` gives ms since the epoch. */
export interface ReportQueueDeps {
  readonly store: ReportStore;
  readonly policy: ChatPolicy;
  readonly now: () => number;
}

const NOT_YOURS = failure('forbidden', 'This is for moderators of a channel.');

/** See the head of the file. Staff look after all channels, within those that their token is for. */
export class ReportQueue {
  readonly #deps: ReportQueueDeps;

  constructor(deps: ReportQueueDeps) {
    this.#deps = deps;
  }

  /** Why there is no queue for `user`, who looks after no channel, or null: there is. */
  async problem(user: Principal): Promise<Failure | null> {
    const { store, policy, now } = this.#deps;
    if (!mayWrite(user, policy)) return NOT_YOURS;
    if (isStaff(user)) return null;
    const found = await store.looksAfterAny(user, now());
    if (!found.ok) return found.failure;
    return found.value ? null : NOT_YOURS;
  }

  /** The newest first; `forbidden`, `unavailable`. */
  async list(user: Principal, query: Omit<ReportQuery, 'by'>): Promise<Result<ReportPage>> {
    const problem = await this.problem(user);
    if (problem !== null) return fail(problem);
    const page = await this.#deps.store.listFor(user, { ...query, by: user.id }, this.#deps.now());
    return page.ok ? ok(withinBytes(page.value)) : page;
  }
}
