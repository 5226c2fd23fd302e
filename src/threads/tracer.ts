/**
 * A thread's side of tracing: decides which traces are recorded, times their spans, and hands those that are over to main, a
 * few together. Only main knows where they go from there (observability/span-export.ts), so that no other thread loads
 * anything for it, and what a thread had told is safe when it ends.
 */
import { randomBytes } from 'node:crypto';
import type {
  FinishedSpan,
  IncomingTrace,
  SpanAttributes,
  SpanKind,
  TraceContext,
  TraceSampling,
} from '../protocol/tracing.ts';

/** So many spans are handed over at once; fewer after so many ms. */
const HAND_OVER_SPANS = 64;
const HAND_OVER_MS = 200;

/** What a tracer is given. */
export interface TracerOptions extends TraceSampling {
  /** Ms since the epoch, with fractions, the same on all threads of the process. */
  readonly now: () => number;
  /** Takes spans that are over, in the order of their ends. */
  readonly post: (spans: readonly FinishedSpan[]) => void;
  /** From 0 to 1, without 1. */
  readonly random?: () => number;
}

/** Where a span is put: below another one, or null at the beginning of a trace. */
export type Parent = TraceContext | null;

/** What of a span can be told when it begins. */
export interface SpanStart {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  readonly links?: readonly TraceContext[];
  /** Ms since the epoch; absent: now. */
  readonly at?: number;
}

export class Tracer {
  readonly #options: TracerOptions;
  readonly #random: () => number;
  #over: FinishedSpan[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Ms since the epoch, with fractions. */
  now(): number {
    return this.#options.now();
  }

  /** The span of a request that came from outside, perhaps as a part of `incoming`; null: it isn't recorded. */
  head(incoming: IncomingTrace | null, name: string, start: SpanStart = {}): OpenSpan | null {
    return this.samples(incoming) ? this.open(incoming, name, { kind: 'server', ...start }) : null;
  }

  /** Decides whether a request that came from outside, perhaps as a part of `incoming`, is recorded. */
  samples(incoming: IncomingTrace | null): boolean {
    const { sampler } = this.#options;
    if (incoming !== null && sampler.startsWith('parentbased_')) return incoming.sampled;
    switch (sampler) {
      case 'always_on':
      case 'parentbased_always_on':
        return true;
      case 'always_off':
      case 'parentbased_always_off':
        return false;
      case 'traceidratio':
      case 'parentbased_traceidratio':
        return (incoming === null ? this.#random() : shareOf(incoming.traceId)) < this.#options.ratio;
    }
  }

  /** A span of a trace that is recorded. */
  open(parent: Parent, name: string, start: SpanStart = {}): OpenSpan {
    const traceId = parent?.traceId ?? newId(16);
    const context = { traceId, spanId: newId(8) };
    return new OpenSpan(this, context, parent?.spanId ?? null, name, start);
  }

  /** Takes a span that is over. */
  ended(span: FinishedSpan): void {
    this.#over.push(span);
    if (this.#over.length >= HAND_OVER_SPANS) {
      this.flush();
    } else {
      this.#timer ??= setTimeout(() => {
        this.flush();
      }, HAND_OVER_MS).unref();
    }
  }

  /** Hands over what waits for that. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#over.length === 0) return;
    const spans = this.#over;
    this.#over = [];
    this.#options.post(spans);
  }
}

/** A span that is under way. Ending it a second time does nothing. */
export class OpenSpan {
  readonly context: TraceContext;
  readonly startedAt: number;
  readonly #tracer: Tracer;
  readonly #parentSpanId: string | null;
  readonly #kind: SpanKind;
  #links: readonly TraceContext[];
  #name: string;
  #attributes: SpanAttributes;
  #isOver = false;

  constructor(
    tracer: Tracer,
    context: TraceContext,
    parentSpanId: string | null,
    name: string,
    start: SpanStart,
  ) {
    this.#tracer = tracer;
    this.context = context;
    this.#parentSpanId = parentSpanId;
    this.#name = name;
    this.#kind = start.kind ?? 'internal';
    this.#links = start.links ?? [];
    this.#attributes = start.attributes ?? {};
    this.startedAt = start.at ?? tracer.now();
  }

  /** Adds facts. */
  note(attributes: SpanAttributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  /** It has to do with this span of another trace. */
  link(other: TraceContext): void {
    this.#links = [...this.#links, other];
  }

  /** Gives it the name that was not known when it began. */
  rename(name: string): void {
    this.#name = name;
  }

  /** It is over; `problem`: the code of what went wrong. */
  end(problem: string | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tracer.ended({
      ...this.context,
      name: this.#name,
      kind: this.#kind,
      parentSpanId: this.#parentSpanId,
      startedAt: this.startedAt,
      endedAt: this.#tracer.now(),
      attributes: this.#attributes,
      links: this.#links,
      problem,
    });
  }
}

/** Random, and never all zero as far as anyone will see. */
function newId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Where a trace stands between 0 and 1 by the random part of its id, the same for whoever looks (its last 52 bits). */
function shareOf(traceId: string): number {
  return parseInt(traceId.slice(-13), 16) / 2 ** 52;
}
