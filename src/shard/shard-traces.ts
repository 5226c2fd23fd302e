/**
 * Traces of requests on their way through a shard. What is done for a recorded request is done while `current` says so: its
 * steps are synchronous, so that a field is enough, and what waits for something takes it along (`step`, `later`, an entry in
 * a batch, a message between shards).
 *
 * Below the frame's span: `mailbox` (from its arrival until its actor takes it), `decide`, and below that what it leads to:
 * `commit` with `publish` below it, `store` for what is read, `mesh` for what goes to another shard. A batch serves many
 * requests: its span has a trace of its own, with a link to each recorded commit in it, and each of those links to it.
 */
import type { ConnectionKey } from '../log/waiter.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import type { ToGateway } from '../threads/to-gateway.ts';
import type { OpenSpan, Tracer } from '../threads/tracer.ts';
import { connectionKey } from './connection.ts';
import type { AppendEntry, GroupPlacement } from './ports/channel-log.ts';
import type { ShardRecorder } from './ports/shard-ports.ts';
import type { Failure } from '../protocol/errors.ts';

/** A recorded request, as far as this shard knows it. */
interface Recorded {
  /** The span of its frame at the gateway; empty: it came over no connection. */
  readonly frame: string;
  readonly connection: ConnectionKey | null;
  type: string;
  /** The code that it was refused with. */
  problem: string;
  isAnswered: boolean;
}

/** What is done now, and for which request. */
export interface Doing extends TraceContext {
  readonly request: Recorded;
  /** Since when, ms since the epoch. */
  readonly since: number;
}

/** What goes along to another shard. */
export interface CarriedTrace extends TraceContext {
  readonly frame: string;
  readonly connection: ConnectionKey | null;
  readonly type: string;
  readonly sentAt: number;
}

/** The commit of an entry that a recorded request appended. */
export interface RecordedCommit {
  readonly span: OpenSpan;
  readonly request: Recorded;
}

const atOnce = <T>(work: () => T): T => work();

export class ShardTraces {
  readonly #tracer: Tracer;
  readonly #shard: number;
  #current: Doing | null = null;

  constructor(tracer: Tracer, shard: number) {
    this.#tracer = tracer;
    this.#shard = shard;
  }

  /** Null: what is done now isn't recorded. */
  get current(): Doing | null {
    return this.#current;
  }

  /** Counts as `recorder` does, and notes of which type a request is and how it was refused. */
  recording(recorder: ShardRecorder): ShardRecorder {
    return {
      committed: (entries, durationMs) => {
        recorder.committed(entries, durationMs);
      },
      uncommitted: () => {
        recorder.uncommitted();
      },
      page: (from) => {
        recorder.page(from);
      },
      request: (type) => {
        if (this.#current !== null) this.#current.request.type = type;
        recorder.request(type);
      },
      refused: (code) => {
        if (this.#current !== null) this.#current.request.problem = code;
        recorder.refused(code);
      },
    };
  }

  /** Works on a request with this span that came just now, over a connection or (null) over none. */
  request<T>(trace: TraceContext, connection: ConnectionKey | null, work: () => T, type = 'unknown'): T {
    const frame = connection === null ? '' : trace.spanId;
    return this.#within(trace, newRequest({ frame, connection, type }), work);
  }

  /** A message of another shard came, with what it took along. */
  received({ sentAt, ...carried }: CarriedTrace, work: () => void): void {
    const span = this.#open(carried, 'mesh', { 'hubbub.type': carried.type }, sentAt);
    this.#within(span.context, newRequest(carried), work);
    span.end();
  }

  /** What a message to another shard takes along; undefined: nothing. */
  carried(): CarriedTrace | undefined {
    const doing = this.#current;
    if (doing === null) return undefined;
    const { traceId, spanId, request } = doing;
    const { frame, connection, type } = request;
    return { traceId, spanId, frame, connection, type, sentAt: this.#tracer.now() };
  }

  /** A step of an actor that runs now or waits in its mailbox. */
  step<Args extends unknown[]>(step: (...args: Args) => void, channelId?: string): (...args: Args) => void {
    const doing = this.#current;
    if (doing === null) return step;
    const { request, since } = doing;
    const about = {
      'hubbub.type': request.type,
      ...(channelId === undefined ? {} : { 'hubbub.channel': channelId }),
    };
    const mailbox = this.#open(doing, 'mailbox', about, since);
    return (...args) => {
      mailbox.end();
      const span = this.#open(doing, 'decide', about);
      this.#within(span.context, request, () => {
        step(...args);
      });
      span.end(request.problem === '' ? null : request.problem);
    };
  }

  /** Runs what goes on when a store or another shard has answered; the time until then is a span. */
  later(name: string): (work: () => void) => void {
    const doing = this.#current;
    if (doing === null) return atOnce;
    const span = this.#open(doing, name);
    return (work) => {
      this.#within(span.context, doing.request, work);
      span.end();
    };
  }

  /** An entry waits to be committed; null: for nothing that is recorded. */
  appended(entry: AppendEntry): RecordedCommit | null {
    const doing = this.#current;
    if (doing === null) return null;
    const span = this.#open(doing, 'commit', {
      'hubbub.event': entry.id,
      'hubbub.event_type': entry.type,
    });
    return { span, request: doing.request };
  }

  /** The span of a batch, with what it serves; null: it serves nothing that is recorded. */
  batch(commits: readonly (RecordedCommit | null)[], rows: number): OpenSpan | null {
    const links = commits.flatMap((commit) => (commit === null ? [] : [commit.span.context]));
    if (links.length === 0) return null;
    const attributes = { 'hubbub.shard': this.#shard, 'hubbub.batch_size': rows };
    const span = this.#tracer.open(null, 'write batch', { attributes, links });
    for (const commit of commits) commit?.span.link(span.context);
    return span;
  }

  /** A statement that PostgreSQL carries out for a batch; to be called when it has answered. */
  statement(batch: OpenSpan, name: string): () => void {
    const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': name };
    const span = this.#tracer.open(batch.context, 'statement', { kind: 'client', attributes });
    return () => {
      span.end();
    };
  }

  /** Tells the outcome of a commit to its actor, which publishes and answers. */
  settled({ span, request }: RecordedCommit, outcome: GroupPlacement | Failure, settle: () => void): void {
    if ('code' in outcome) {
      request.problem = outcome.code;
      span.end(outcome.code);
    } else {
      span.note({ 'hubbub.seq': outcome.seq, 'hubbub.duplicate': outcome.duplicate });
      span.end();
    }
    const publish = this.#tracer.open(span.context, 'publish', { attributes: this.#here });
    this.#within(publish.context, request, settle);
    publish.end();
  }

  /** A frame was sent to a connection: the first one with a `ref` for who asked is the answer. */
  sent(write: Pick<ToGateway, 'answered'>, gateway: number, connection: number, frame: string): void {
    const request = this.#current?.request;
    if (request === undefined || request.isAnswered || request.frame === '') return;
    if (!frame.includes('"ref":')) return;
    if (request.connection !== connectionKey(gateway, connection)) return;
    request.isAnswered = true;
    write.answered(connection, request.frame, request.problem);
  }

  get #here() {
    return { 'hubbub.shard': this.#shard };
  }

  #open(
    parent: TraceContext,
    name: string,
    about: Readonly<Record<string, string>> = {},
    at?: number,
  ): OpenSpan {
    const attributes = { ...this.#here, ...about };
    return this.#tracer.open(parent, name, { attributes, ...(at === undefined ? {} : { at }) });
  }

  #within<T>({ traceId, spanId }: TraceContext, request: Recorded, work: () => T): T {
    const outer = this.#current;
    this.#current = { traceId, spanId, request, since: this.#tracer.now() };
    try {
      return work();
    } finally {
      this.#current = outer;
    }
  }
}

function newRequest({ frame, connection, type }: Pick<Recorded, 'frame' | 'connection' | 'type'>): Recorded {
  return { frame, connection, type, problem: '', isAnswered: false };
}

/** {@link ShardTraces.later} where anything is recorded. */
export function later(traces: ShardTraces | undefined, name: string): (work: () => void) => void {
  return traces === undefined ? atOnce : traces.later(name);
}
