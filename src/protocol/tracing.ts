/**
 * Traces as threads tell them: what a span is, and where it stands (W3C Trace Context, Recommendation of 2021). Nothing here
 * holds text, names, tokens or addresses: attributes are ids, types, numbers and codes (docs/SPEC.md, TRACE rules).
 */

/** Where a span stands. */
export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
}

/** What a client says of the span that its request is for. */
export interface IncomingTrace extends TraceContext {
  /** Whether the client records it. */
  readonly sampled: boolean;
}

/** Facts about a span, by the names that docs/monitoring.md lists. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What a span is towards others: it answers one (`server`), asks one (`client`), or neither. */
export type SpanKind = 'internal' | 'server' | 'client';

/** A span that is over: plain data, so that it passes a port. */
export interface FinishedSpan extends TraceContext {
  readonly name: string;
  readonly kind: SpanKind;
  /** The span that it is a part of; null: it begins its trace. */
  readonly parentSpanId: string | null;
  /** Ms since the epoch, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: SpanAttributes;
  /** Spans of other traces that it has to do with. */
  readonly links: readonly TraceContext[];
  /** The code of what went wrong; null: nothing did. */
  readonly problem: string | null;
}

/** Who decides whether a trace is recorded: OpenTelemetry's names. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** See {@link SAMPLERS}. */
export interface TraceSampling {
  readonly sampler: (typeof SAMPLERS)[number];
  /** Share of traces that are recorded, 0 to 1, where the sampler is one by ratio. */
  readonly ratio: number;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;

/** Reads a `traceparent`; null where it is malformed. Versions to come are read as far as they are known (section 4). */
export function parseTraceparent(text: unknown): IncomingTrace | null {
  const match = typeof text === 'string' ? TRACEPARENT.exec(text) : null;
  if (match === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & SAMPLED) !== 0 };
}
