/** Traces, where the settings ask for them: main's tracer, what other threads are given, and the way out. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { SpanExport } from '../observability/span-export.ts';
import type { FinishedSpan, TraceContext } from '../protocol/tracing.ts';
import { processClock } from '../threads/process-clock.ts';
import { type SpanStart, Tracer } from '../threads/tracer.ts';
import type { WorkerTracing } from '../threads/worker-tracing.ts';

/** What was recorded by the end is sent within this time, ms. */
const FLUSH_MS = 2_000;

/** Tracing that is on. */
export interface Tracing {
  /** Main's. */
  readonly tracer: Tracer;
  /** For a thread that is started now; its `port` is to be moved there. */
  forWorker(): WorkerTracing;
  /** The span that what runs now is done for; undefined: none that is recorded. */
  current(): TraceContext | undefined;
  /** Runs `work`, and what it leads to, for this span. */
  within<T>(span: TraceContext, work: () => T): T;
  /** Runs `work` as a span of its own, where what runs now is recorded. */
  timed<T>(name: string, start: SpanStart, work: () => Promise<T>): Promise<T>;
  /** Sends what is left, and ends; within two seconds. */
  close(): Promise<void>;
}

/** Null where they are off: then nothing of OpenTelemetry is loaded. */
export async function startTracing(
  { tracing: settings }: Pick<Config, 'tracing'>,
  { processId, metrics, logger }: { processId: string; metrics: Metrics; logger: Logger },
): Promise<Tracing | null> {
  if (settings === undefined) return null;
  const { otlpSink } = await import('../observability/otlp-sink.ts');
  const spans = new SpanExport(otlpSink({ ...settings, instanceId: processId }), {
    counted: (outcome, count) => {
      metrics.traceSpans.inc({ outcome }, count);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    info: (fields, message) => {
      logger.info(fields, message);
    },
  });
  const clockOffsetMs = Date.now() - processClock();
  const { sampling } = settings;
  const tracer = new Tracer({
    ...sampling,
    now: () => processClock() + clockOffsetMs,
    post: (over) => {
      spans.take(over);
    },
  });
  const ports = new Set<MessagePort>();
  const running = new AsyncLocalStorage<TraceContext>();
  const { sampler, ratio } = sampling;
  logger.info({ sampler, ratio }, 'traces are sent');
  return {
    tracer,
    forWorker: () => {
      const { port1, port2 } = new MessageChannel();
      ports.add(port1);
      port1.on('message', (over: readonly FinishedSpan[]) => {
        spans.take(over);
      });
      port1.on('close', () => ports.delete(port1));
      port1.unref();
      return { sampling, clockOffsetMs, port: port2 };
    },
    current: () => running.getStore(),
    within: (span, work) => running.run(span, work),
    timed: async (name, start, work) => {
      const parent = running.getStore();
      if (parent === undefined) return work();
      const span = tracer.open(parent, name, start);
      try {
        return await running.run(span.context, work);
      } catch (error) {
        span.end('failed');
        throw error;
      } finally {
        span.end();
      }
    },
    close: async () => {
      tracer.flush();
      for (const port of ports) {
        // What a thread told last may still be on its way to the listener.
        for (let told = receiveMessageOnPort(port); told !== undefined; told = receiveMessageOnPort(port)) {
          spans.take(told.message as readonly FinishedSpan[]);
        }
        port.close();
      }
      await spans.close(FLUSH_MS);
    },
  };
}
