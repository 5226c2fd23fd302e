/**
 * Spans as OTLP over HTTP (JSON). The one file that imports OpenTelemetry's packages; it is loaded by those servers that send
 * traces, and on their main thread alone.
 */
import {
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { FinishedSpan, TraceContext } from '../protocol/tracing.ts';
import type { SpanSink } from './span-export.ts';

/** Time for a batch with all tries, ms. */
const SEND_TIMEOUT_MS = 5_000;
const SCOPE = { name: 'hubbub' };
const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

/** Where and as whom to send. */
export interface OtlpOptions {
  /** With its path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** Names this process among others of the service. */
  readonly instanceId: string;
}

/** Takes what the exporter takes, which names the type in a package that isn't ours. */
type ExportedSpan = Parameters<OTLPTraceExporter['export']>[0][number];

/** Sends to one receiver. */
export function otlpSink({ url, headers, serviceName, instanceId }: OtlpOptions): SpanSink {
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: SEND_TIMEOUT_MS });
  const resource = resourceFromAttributes({
    'service.name': serviceName,
    'service.instance.id': instanceId,
    'telemetry.sdk.language': 'nodejs',
  });
  return {
    send: async (spans) =>
      new Promise((resolve) => {
        exporter.export(
          spans.map((span) => exported(span, resource)),
          // Whatever goes wrong comes with an error.
          ({ error }) => {
            resolve(error === undefined ? null : error.message || 'the receiver took none');
          },
        );
      }),
    close: () => exporter.shutdown(),
  };
}

function exported(span: FinishedSpan, resource: Resource): ExportedSpan {
  const { traceId, parentSpanId, startedAt, endedAt, problem } = span;
  const context = contextOf(span);
  return {
    ...(parentSpanId === null ? {} : { parentSpanContext: contextOf({ traceId, spanId: parentSpanId }) }),
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(Math.max(0, endedAt - startedAt)),
    status:
      problem === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: problem },
    attributes: problem === null ? span.attributes : { ...span.attributes, 'hubbub.outcome': problem },
    links: span.links.map((link): Link => ({ context: contextOf(link) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

function contextOf({ traceId, spanId }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

/** Whole seconds and the nanoseconds beside them. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.floor((ms - seconds * 1_000) * 1e6)];
}
