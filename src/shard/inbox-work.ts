/**
 * What an inbox has done that takes time: reads, marks, changes, questions to the store and to other shards. What comes of
 * each goes back to the machine, once.
 */
import { caughtUp } from '../inbox/arrivals.ts';
import { blocksRead, changed } from '../inbox/choices.ts';
import { conversationRead, conversationsRead } from '../inbox/conversations.ts';
import type { Change, Effect, Effects, Query } from '../inbox/effects.ts';
import { vetted } from '../inbox/incoming.ts';
import { pageRead } from '../inbox/pages.ts';
import { personFound } from '../inbox/people.ts';
import { located, marked } from '../inbox/receipts.ts';
import { unreadRead } from '../inbox/unread.ts';
import type { Context, InboxState } from '../inbox/state.ts';
import type { ReadPage } from '../log/committed-event.ts';
import type { ReadRange } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_LIMIT } from '../protocol/limits.ts';
import type { Result } from '../protocol/result.ts';
import type { Inbox } from './inbox.ts';
import type { SettleMark } from './mark-batch.ts';
import type { InboxMark, MarkedConversation } from './ports/inbox-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { later } from './shard-traces.ts';

/** The effects of that kind. */
export type WorkEffect = Extract<
  Effect,
  { readonly kind: 'read' | 'catchUp' | 'query' | 'find' | 'locate' | 'vet' | 'mark' | 'change' }
>;

/** What the work needs of its shard. */
export interface WorkHost {
  readonly ports: ShardPorts;
  readonly context: Context;
  mark(mark: InboxMark, settle: SettleMark): Failure | null;
  /** Whether both are in one channel now. */
  shareChannel(a: string, b: string): Promise<boolean | Failure>;
}

export class InboxWork {
  readonly #inbox: Inbox;
  readonly #host: WorkHost;
  readonly #goOn: (step: (state: InboxState) => Effects) => void;
  #underWay = 0;
  /** Changes are committed one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  /** `goOn` runs a step of the machine and carries its effects out. */
  constructor(inbox: Inbox, host: WorkHost, goOn: (step: (state: InboxState) => Effects) => void) {
    this.#inbox = inbox;
    this.#host = host;
    this.#goOn = goOn;
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  begin(effect: WorkEffect): void {
    const { ports, context } = this.#host;
    const { inboxes } = ports;
    const { owner } = this.#inbox;
    switch (effect.kind) {
      case 'read':
        ports.recorder.page('log');
        this.#after(this.#readLog(effect.range), (state, page) =>
          pageRead(state, effect.purpose, page, context),
        );
        return;
      case 'catchUp':
        this.#after(
          this.#readLog({ direction: 'after', seq: effect.seq, limit: MAX_PAGE_LIMIT }),
          (state, page) => caughtUp(state, page, context),
        );
        return;
      case 'query':
        this.#query(effect.query, effect.waiter);
        return;
      case 'find':
        this.#after(orFailure(inboxes.findPerson(effect.person)), (state, found) =>
          personFound(
            state,
            effect.purpose,
            found === null || 'code' in found ? found : { id: found.id, name: found.name },
            context,
          ),
        );
        return;
      case 'locate':
        this.#after(orFailure(inboxes.find(owner, effect.id)), (state, found) =>
          located(state, effect.with, found, effect.purpose, context),
        );
        return;
      case 'vet':
        this.#after(this.#host.shareChannel(effect.user, owner), (state, isSharing) =>
          vetted(state, effect.user, isSharing, context),
        );
        return;
      case 'mark': {
        const { mark, purpose } = effect;
        this.#after(this.#mark({ owner, ...mark }), (state, outcome) =>
          marked(state, mark, purpose, outcome, context),
        );
        return;
      }
      case 'change': {
        const { change, waiter } = effect;
        const committed = this.#lastChange.then(() => this.#change(change));
        this.#lastChange = committed.catch(() => undefined);
        this.#after(committed, (state, problem) => changed(state, change, waiter, problem, context));
        return;
      }
    }
  }

  #query(query: Query, waiter: Waiter): void {
    const { ports, context } = this.#host;
    const { owner } = this.#inbox;
    switch (query.kind) {
      case 'conversation': {
        const range = { ...query.range, maxBytes: MAX_PAGE_BYTES };
        const read = orFailure(ports.inboxes.history(owner, query.correspondent, range));
        this.#after(read, (state, page) => conversationRead(state, waiter, page, context));
        return;
      }
      case 'conversations': {
        const read = orFailure(ports.inboxes.conversations(owner, query.limit, MAX_PAGE_BYTES));
        this.#after(read, (state, list) => conversationsRead(state, waiter, list, context));
        return;
      }
      case 'blocks':
        this.#after(orFailure(ports.inboxes.blocks(owner)), (_state, users) =>
          blocksRead(waiter, users, context),
        );
        return;
      case 'unread': {
        const read = orFailure(ports.reads.unread([owner], query.channels));
        this.#after(read, (state, lists) =>
          unreadRead(state, waiter, 'code' in lists ? lists : (lists[0] ?? []), context),
        );
        return;
      }
    }
  }

  /** Goes on with the machine when `work` is done; what breaks in it is a bug, and answered as such. */
  #after<T>(work: Promise<T | Failure>, then: (state: InboxState, outcome: T | Failure) => Effects): void {
    this.#underWay += 1;
    const resume = later(this.#host.ports.traces, 'store');
    void work
      .catch((error: unknown) => {
        this.#host.ports.logger.error({ err: error }, 'a step of an inbox failed');
        return failure('internal', 'this went wrong here');
      })
      .then((outcome) => {
        this.#underWay -= 1;
        resume(() => {
          this.#goOn((state) => then(state, outcome));
        });
      });
  }

  async #readLog(range: ReadRange): Promise<ReadPage | Failure> {
    const page = await this.#host.ports.log.read(this.#inbox.log, { ...range, maxBytes: MAX_PAGE_BYTES });
    return page.ok ? page.value : failure('unavailable', 'this page can not be read right now', 1_000);
  }

  async #mark(mark: InboxMark): Promise<MarkedConversation | Failure> {
    return new Promise((resolve) => {
      const refused = this.#host.mark(mark, resolve);
      if (refused !== null) resolve(refused);
    });
  }

  async #change(change: Change): Promise<Failure | null> {
    const { inboxes, timers, others } = this.#host.ports;
    const { owner } = this.#inbox;
    const done =
      change.kind === 'policy'
        ? await inboxes.setPolicy(owner, change.policy)
        : change.kind === 'block'
          ? await inboxes.block(owner, change.user, timers.now())
          : await inboxes.unblock(owner, change.user);
    if (done.ok) others?.changed(this.#inbox.log);
    return done.ok ? null : done.failure;
  }
}

async function orFailure<T>(result: Promise<Result<T>>): Promise<T | Failure> {
  const outcome = await result;
  return outcome.ok ? outcome.value : outcome.failure;
}
