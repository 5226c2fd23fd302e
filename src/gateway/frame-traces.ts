/**
 * Traces of frames: a span for each recorded frame, from its arrival until its answer is written, and one for each recorded
 * event, from the shard's batch until it is in the sockets. Whether a frame is recorded is decided here and nowhere else.
 *
 * A frame's span is open while its answer is awaited. One whose answer never comes (its shard died, its connection ended)
 * ends a while later as `unanswered`.
 */
import { type IncomingTrace, parseTraceparent, type TraceContext } from '../protocol/tracing.ts';
import type { OpenSpan, Tracer } from '../threads/tracer.ts';
import type { Connection } from './connection.ts';

/** Frames whose answers are awaited at once; further ones aren't recorded. */
const MAX_OPEN = 10_000;
/** After so long nobody answers any more, ms. */
const UNANSWERED_MS = 30_000;
/** Its place in the envelope is looked at in frames that have it anywhere. */
const FIELD = Buffer.from('"traceparent"');

/** What is known of a frame when it was scanned. */
export interface ScannedFrame {
  /** Of the registry; else `unknown`. */
  readonly type: string;
  readonly channelId: string | undefined;
  /** Without one only an error is answered. */
  readonly ref: string | undefined;
}

/** A recorded frame. */
export class FrameTrace {
  readonly span: OpenSpan;
  readonly #answered: () => void;

  constructor(span: OpenSpan, answered: () => void) {
    this.span = span;
    this.#answered = answered;
  }

  /** Its answer is written, or there is none to wait for; `problem`: the code of the refusal. */
  end(problem: string | null = null): void {
    this.#answered();
    this.span.end(problem);
  }
}

export class FrameTraces {
  readonly #tracer: Tracer;
  /** By the ids of their spans, in the order of their coming. */
  readonly #open = new Map<string, FrameTrace>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The trace of a frame that came just now and was scanned; null: it isn't recorded. */
  begin({ type, channelId, ref }: ScannedFrame, connection: Connection, bytes: Buffer): FrameTrace | null {
    const incoming = incomingOf(bytes);
    if (!this.#tracer.samples(incoming) || this.#open.size >= MAX_OPEN) return null;
    const span = this.#tracer.open(incoming, `ws ${type}`, {
      kind: 'server',
      attributes: {
        'hubbub.type': type,
        'hubbub.connection': connection.id,
        'hubbub.bytes': bytes.length,
        ...(channelId === undefined ? {} : { 'hubbub.channel': channelId }),
        ...(ref === undefined ? { 'hubbub.ref': false } : {}),
      },
    });
    const trace = new FrameTrace(span, () => this.#open.delete(span.context.spanId));
    this.#open.set(span.context.spanId, trace);
    return trace;
  }

  /** The frame with this span was answered; `connection` has the answer, to be written with what waits for it. */
  answered(spanId: string, problem: string | null, connection: Connection | undefined): void {
    const trace = this.#open.get(spanId);
    if (trace === undefined) return;
    whenWritten(connection, () => {
      trace.end(problem);
    });
  }

  /** The way of an event of an inbox, which `connection` has to be written, into its socket; see {@link fanOut}. */
  delivered(parent: TraceContext, connection: Connection | undefined): void {
    const span = this.#tracer.open(parent, 'fan-out', { attributes: { 'hubbub.listeners': 1 } });
    whenWritten(connection, () => {
      span.end();
    });
  }

  /** The way of an event into the sockets of its listeners; the shard's span `parent` published it. */
  fanOut(parent: TraceContext, channelId: string): OpenSpan {
    return this.#tracer.open(parent, 'fan-out', { attributes: { 'hubbub.channel': channelId } });
  }

  /** Ends what nobody answers any more. */
  expire(): void {
    const oldest = this.#tracer.now() - UNANSWERED_MS;
    for (const trace of this.#open.values()) {
      if (trace.span.startedAt > oldest) return;
      trace.end('unanswered');
    }
  }
}

/** What waits for the connection is written; at once where nothing does. */
function whenWritten(connection: Connection | undefined, told: () => void): void {
  if (connection?.hasDirect === true) connection.whenWritten(told);
  else told();
}

/** What the envelope says of the client's own trace. Whether it is JSON at all is for others to say. */
function incomingOf(bytes: Buffer): IncomingTrace | null {
  if (!bytes.includes(FIELD)) return null;
  try {
    return parseTraceparent((JSON.parse(bytes.toString('utf8')) as Envelope | null)?.traceparent);
  } catch {
    return null;
  }
}

interface Envelope {
  readonly traceparent?: unknown;
}
