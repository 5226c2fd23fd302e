/**
 * What a channel asks of stores and of its shard, and waits for: pages, people, held messages, reports, marks. The answer
 * goes back into its machine, and what the machine makes of it is carried out. An outage is an answer, too.
 */
import { personFound } from '../channel/acts.ts';
import type { Effect, MarkPurpose, ReadPurpose } from '../channel/effects.ts';
import { blockersFound, namesFound } from '../channel/mentions.ts';
import { pageDropped, pageRead, versionsRead } from '../channel/page-reads.ts';
import { sentFound } from '../channel/purge.ts';
import { readMarked } from '../channel/read-marks.ts';
import { reportsAnswered } from '../channel/reports.ts';
import { messageFound } from '../channel/searches.ts';
import type { ChannelState, Context, Effects } from '../channel/state.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../protocol/limits.ts';
import { ok, type Result } from '../protocol/result.ts';
import { askHeld } from './ask-held.ts';
import type { Settle } from './joined-marks.ts';
import type { LogKey, LogPage, LogRead } from './ports/channel-log.ts';
import type { TargetPerson } from './ports/inbox-store.ts';
import type { MarkedChannel, ReadMark } from './ports/read-mark-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { carryOut } from './report-work.ts';
import { later } from './shard-traces.ts';

/** The effects that ask. */
export type Question = Extract<
  Effect,
  {
    kind:
      | 'read'
      | 'select'
      | 'versions'
      | 'find'
      | 'findSent'
      | 'findPerson'
      | 'findNames'
      | 'findBlockers'
      | 'held'
      | 'reports'
      | 'mark';
  }
>;

/** What questions need of the shard. */
export interface QuestionHost {
  readonly ports: ShardPorts;
  /** Who has these names, by the name; never rejects for an outage. */
  findNames(names: readonly string[]): Promise<ReadonlyMap<string, UserRef> | Failure>;
  /** Commits a mark, or says why it can't be taken. */
  markRead(mark: ReadMark, settle: Settle<MarkedChannel>): Failure | null;
  isConnected(connection: ConnectionKey): boolean;
}

/** The channel that asks. */
export interface Asker {
  readonly id: string;
  readonly key: LogKey;
  /** Null until loaded: nobody asks then. */
  readonly state: ChannelState | null;
  readonly context: Context;
  /** Carries out effects in order. */
  perform(effects: Effects): void;
  /** A page was taken in for this connection, which may be out of the channel by it; it may be ahead of what is shown. */
  pageTaken(state: ChannelState, connection: ConnectionKey, wasIn: boolean): void;
}

export class ChannelQuestions {
  readonly #asker: Asker;
  readonly #host: QuestionHost;
  #open = 0;

  constructor(asker: Asker, host: QuestionHost) {
    this.#asker = asker;
    this.#host = host;
  }

  /** Questions without an answer yet: a channel with one is not cold. */
  get open(): number {
    return this.#open;
  }

  /** Asks; what comes of the answer is carried out when it is there. */
  ask(question: Question): void {
    const { log, held, inboxes, reports } = this.#host.ports;
    const { id, key } = this.#asker;
    switch (question.kind) {
      case 'read':
        this.#askForPage(log.read(key, { ...question.range, maxBytes: MAX_PAGE_BYTES }), question.purpose);
        return;
      case 'select': {
        const selection = { ...question.selection, maxBytes: MAX_PAGE_BYTES };
        this.#askForPage(log.select(key, selection), question.purpose);
        return;
      }
      case 'versions':
        this.#ask(
          log.versions(key, question.id, { ...question.range, maxBytes: MAX_PAGE_BYTES }),
          (state, found, ctx) =>
            versionsRead(state, question, fromLog(found, 'earlier texts can not be read right now'), ctx),
        );
        return;
      case 'find':
        this.#ask(log.find(key, question.id), (state, found, ctx) =>
          messageFound(
            state,
            question.id,
            fromLog(found, 'this message can not be looked for right now'),
            ctx,
          ),
        );
        return;
      case 'findSent':
        this.#ask(log.select(key, { kind: 'sent', ...question.range }), (state, found, ctx) =>
          sentFound(
            state,
            question.purge,
            fromLog(found, 'these messages can not be looked for right now'),
            ctx,
          ),
        );
        return;
      case 'findPerson':
        this.#ask(this.#findTarget(question), (state, found, ctx) =>
          personFound(state, question.pending, plain(found), ctx),
        );
        return;
      case 'findNames':
        this.#ask(this.#host.findNames(question.names), (state, found, ctx) =>
          namesFound(state, question.author, found, ctx),
        );
        return;
      case 'findBlockers':
        this.#ask(inboxes.blockers(question.author, question.among), (state, found, ctx) =>
          blockersFound(state, question.author, question.mentioned, plain(found), ctx),
        );
        return;
      case 'held':
        this.#ask(askHeld(held, id, question.ask), (state, answer, ctx) => answer(state, ctx));
        return;
      case 'reports':
        this.#ask(carryOut(reports, question.request.task), (state, answered, ctx) =>
          reportsAnswered(state, question.request, plain(answered), ctx),
        );
        return;
      case 'mark':
        this.#mark(question.seq, question.purpose);
        return;
    }
  }

  /** Whoever blocks somebody isn't invited by them: they aren't told of it, nor that there is such a user. */
  async #findTarget({
    person,
    pending: { act, from },
  }: Extract<Question, { kind: 'findPerson' }>): Promise<Result<TargetPerson | null>> {
    const { inboxes } = this.#host.ports;
    const found = await inboxes.findTarget(person);
    if (!found.ok || found.value === null || act.kind !== 'invite') return found;
    const blockers = await inboxes.blockers(from.id, [found.value.id]);
    if (!blockers.ok) return blockers;
    return blockers.value.length === 0 ? found : ok(null);
  }

  /** Waits for an answer; the channel isn't cold meanwhile. */
  async answer<A>(question: Promise<A>): Promise<A> {
    this.#open += 1;
    const answer = await question;
    this.#open -= 1;
    return answer;
  }

  #ask<A>(question: Promise<A>, then: (state: ChannelState, answer: A, ctx: Context) => Effects): void {
    const resume = later(this.#host.ports.traces, 'store');
    void this.answer(question).then((answer) => {
      resume(() => {
        const { state, context } = this.#asker;
        if (state !== null) this.#asker.perform(then(state, answer, context));
      });
    });
  }

  #askForPage(question: Promise<LogRead<LogPage>>, purpose: ReadPurpose): void {
    this.#host.ports.recorder.page('log');
    const resume = later(this.#host.ports.traces, 'store');
    void this.answer(question).then((result) => {
      resume(() => {
        const { state } = this.#asker;
        if (state !== null) this.#takePage(state, result, purpose);
      });
    });
  }

  #mark(seq: number, purpose: MarkPurpose): void {
    const { id, context } = this.#asker;
    const resume = later(this.#host.ports.traces, 'store');
    const settle = (outcome: MarkedChannel | Failure): void => {
      this.#open -= 1;
      resume(() => {
        const { state } = this.#asker;
        if (state !== null) this.#asker.perform(readMarked(state, purpose, outcome, context));
      });
    };
    this.#open += 1;
    const mark = { user: purpose.user, channelId: id, seq, at: context.now };
    const refused = this.#host.markRead(mark, settle);
    if (refused !== null) settle(refused);
  }

  #takePage(state: ChannelState, result: LogRead<LogPage>, purpose: ReadPurpose): void {
    const { connection } = purpose.waiter;
    if (!this.#host.isConnected(connection)) {
      pageDropped(state);
      return;
    }
    const wasIn = state.userOf.has(connection);
    const page = fromLog(result, 'this page can not be read right now');
    this.#asker.perform(pageRead(state, purpose, page, this.#asker.context));
    this.#asker.pageTaken(state, connection, wasIn);
  }
}

function fromLog<T>(read: LogRead<T>, problem: string): T | Failure {
  return read.ok ? read.value : failure('unavailable', problem, 1_000);
}

function plain<T>(result: Result<T>): T | Failure {
  return result.ok ? result.value : result.failure;
}
