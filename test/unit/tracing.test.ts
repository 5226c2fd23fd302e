/** Traces without a server: what is recorded, what crosses threads, and what becomes of it when nobody takes it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { startTracing } from '../../src/composition/tracing.ts';
import { loadConfig } from '../../src/config.ts';
import { frameBucket } from '../../src/cache/frame-limiter.ts';
import { Connection } from '../../src/gateway/connection.ts';
import { FrameTraces } from '../../src/gateway/frame-traces.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { SpanExport, type SpanSink } from '../../src/observability/span-export.ts';
import { type FinishedSpan, parseTraceparent, SAMPLERS } from '../../src/protocol/tracing.ts';
import { BatchWriter } from '../../src/threads/batch-writer.ts';
import { toShardWriter } from '../../src/threads/to-shard.ts';
import { Tracer } from '../../src/threads/tracer.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

function tracerOf(sampler: (typeof SAMPLERS)[number], ratio = 0.5, random = 0.25) {
  const over: FinishedSpan[] = [];
  const clock = { now: 1_000 };
  const tracer = new Tracer({
    ...{ sampler, ratio, random: () => random, now: () => clock.now },
    post: (spans) => over.push(...spans),
  });
  return { tracer, over, clock };
}

const span = (name: string): FinishedSpan => ({
  ...{ name, kind: 'internal', traceId: TRACE, spanId: SPAN, parentSpanId: null },
  ...{ startedAt: 0, endedAt: 1, attributes: {}, links: [], problem: null },
});

function tracing(env: Readonly<Record<string, string>>) {
  const config = loadConfig(env, { baseDir: '/', cores: 2 });
  return config.ok ? config.value.tracing : config.failure.message;
}

describe('settings', () => {
  it('[TRACE-1] an endpoint or an exporter turns traces on, and `none` turns them off', () => {
    expect(tracing({})).toBeUndefined();
    expect(tracing({ OTEL_SERVICE_NAME: 'chat', OTEL_TRACES_SAMPLER: 'always_on' })).toBeUndefined();
    expect(tracing({ OTEL_TRACES_EXPORTER: 'otlp' })).toEqual({
      ...{ url: 'http://localhost:4318/v1/traces', headers: {}, serviceName: 'hubbub' },
      sampling: { sampler: 'traceidratio', ratio: 0.01 },
    });
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp/' };
    expect(tracing({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'X-Key = a%2Cb,other=' })).toMatchObject({
      ...{ url: 'https://collector.example/otlp/v1/traces', headers: { 'x-key': 'a,b', other: '' } },
    });
    expect(tracing({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  });

  it('[TRACE-1] [OPS-22] [OPS-23] a bad one ends the start, and headers are not shown', () => {
    for (const bad of ['no pair', 'a=%zz', 'a=%0d%0a', 'ü=1']) {
      const line = tracing({ OTEL_EXPORTER_OTLP_HEADERS: bad });
      expect(line).toMatch(/^bad setting OTEL_EXPORTER_OTLP_HEADERS: it must be headers /);
    }
    for (const bad of ['-1', '1.1', 'half', '1e-3']) {
      expect(tracing({ OTEL_TRACES_SAMPLER_ARG: bad })).toMatch(/must be a number from 0 to 1/);
    }
    expect(tracing({ OTEL_TRACES_EXPORTER: 'zipkin' })).toMatch(/one of otlp, none/);
    expect(tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toMatch(/must be an http/);
  });
});

describe('traceparent', () => {
  it('[TRACE-2] is read as W3C Trace Context has it', () => {
    const known = { traceId: TRACE, spanId: SPAN };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ ...known, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-02`)).toEqual({ ...known, sampled: false });
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what-comes`)).toEqual({ ...known, sampled: true });
    const bad = [
      ...[`00-${TRACE}-${SPAN}`, `00-${TRACE}-${SPAN}-01-more`, `ff-${TRACE}-${SPAN}-01`, ''],
      ...[`00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`, undefined, null, 5, [], {}],
      ...[`00-${TRACE.toUpperCase()}-${SPAN}-01`, ` 00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-1`],
    ];
    for (const text of bad) expect(parseTraceparent(text), JSON.stringify(text)).toBeNull();
    fc.assert(
      fc.property(fc.anything(), (text) => {
        parseTraceparent(text);
      }),
    );
  });

  it('[TRACE-2] decides under parentbased samplers, and under others does not', () => {
    const parent = (sampled: boolean) => ({ traceId: TRACE, spanId: SPAN, sampled });
    const kept = (sampler: (typeof SAMPLERS)[number], ratio?: number, random?: number) => {
      const { tracer } = tracerOf(sampler, ratio, random);
      return [parent(true), parent(false), null].map((incoming) => tracer.head(incoming, 'x') !== null);
    };
    expect(kept('always_on')).toEqual([true, true, true]);
    expect(kept('always_off')).toEqual([false, false, false]);
    expect(kept('parentbased_always_on')).toEqual([true, false, true]);
    expect(kept('parentbased_always_off')).toEqual([true, false, false]);
    expect(kept('parentbased_traceidratio', 0.3)).toEqual([true, false, true]);
    expect(kept('parentbased_traceidratio', 0.2)).toEqual([true, false, false]);
    // The trace's own id decides, for whoever looks at it: its last 52 bits are about 0.91.
    expect(kept('traceidratio', 0.9, 0.95)).toEqual([false, false, false]);
    expect(kept('traceidratio', 0.92, 0.1)).toEqual([true, true, true]);
    expect(kept('traceidratio', 1, 0.999)).toEqual([true, true, true]);
    expect(kept('traceidratio', 0, 0)).toEqual([false, false, false]);
  });
});

describe('spans', () => {
  it('[TRACE-3] end once, with what was noted, in the trace of what they are below', () => {
    const { tracer, over, clock } = tracerOf('always_on');
    const head = tracer.head(null, 'head', { attributes: { a: 1 } })!;
    const child = tracer.open(head.context, 'child');
    clock.now = 1_005;
    child.end('unavailable');
    child.end();
    head.note({ b: 'x' });
    head.rename('whole');
    head.end();
    tracer.flush();
    const { traceId } = head.context;
    expect(over).toMatchObject([
      { name: 'child', traceId, parentSpanId: head.context.spanId, problem: 'unavailable', endedAt: 1_005 },
      { name: 'whole', traceId, parentSpanId: null, attributes: { a: 1, b: 'x' }, kind: 'server' },
    ]);
    expect(over.map(({ spanId }) => spanId)).toEqual([
      ...[expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)],
    ]);
  });

  it('[TRACE-9] are handed over a few together, before their thread can end', async () => {
    const { tracer, over } = tracerOf('always_on');
    for (let i = 0; i < 64; i += 1) tracer.open(null, 'x').end();
    expect(over).toHaveLength(64);
    tracer.open(null, 'last').end();
    await expect.poll(() => over.length).toBe(65);
  });
});

describe('a thread that ends', () => {
  it('[TRACE-9] loses nothing of what it had told, and its replacement tells main as well', async () => {
    const receiver = await startOtlpReceiver();
    const config = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, { baseDir: '/', cores: 2 });
    if (!config.ok) throw new Error(config.failure.message);
    const around = { processId: 'p', metrics: createMetrics(), logger: pino({ level: 'silent' }) };
    const on = await startTracing(config.value, around);
    for (const name of ['one', 'two']) {
      const tracing = on!.forWorker();
      const over = span(name);
      const worker = new Worker(
        `const { workerData } = require('node:worker_threads');
         workerData.tracing.port.postMessage([workerData.over]);
         process.exit(1);`,
        { eval: true, workerData: { tracing, over }, transferList: [tracing.port] },
      );
      await once(worker, 'exit');
    }
    await on!.close();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['one', 'two']);
    await receiver.close();
  });
});

describe('frames', () => {
  const sink = { writableLength: 0, write: () => true };
  const control = { ping: () => undefined, close: () => undefined, terminate: () => undefined };
  const connection = new Connection(7, 'address', sink, control, frameBucket(50, 0), 0, 1_000_000);
  const scanned = { type: 'message:send', channelId: 'c', ref: 'r' };

  it('[TRACE-9] end as unanswered when nobody answers them for half a minute', () => {
    const { tracer, over, clock } = tracerOf('always_on');
    const traces = new FrameTraces(tracer);
    traces.begin(scanned, connection, Buffer.from('{}'));
    clock.now += 20_000;
    const second = traces.begin(scanned, connection, Buffer.from('{}'))!;
    clock.now += 15_000;
    traces.expire();
    traces.answered(second.span.context.spanId, 'forbidden', connection);
    traces.answered(second.span.context.spanId, null, connection);
    traces.expire();
    tracer.flush();
    expect(over.map(({ problem }) => problem)).toEqual(['unanswered', 'forbidden']);
  });

  it('[TRACE-2] find their traceparent in the envelope alone', () => {
    const { tracer } = tracerOf('parentbased_always_off');
    const traces = new FrameTraces(tracer);
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    const begin = (frame: object | string) =>
      traces.begin(
        scanned,
        connection,
        Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)),
      );
    expect(begin({ type: 'x', traceparent })?.span.context.traceId).toBe(TRACE);
    expect(begin({ type: 'x', data: { traceparent } })).toBeNull();
    expect(begin({ type: 'x', data: { content: `{"traceparent":"${traceparent}"}` } })).toBeNull();
    expect(begin(`{"traceparent":"${traceparent}"`)).toBeNull();
    expect(begin('null "traceparent"')).toBeNull();
  });

  it('[TRACE-8] are the same bytes between threads where they are not recorded', () => {
    const bytes = Buffer.from('{"type":"x"}');
    const sizeOf = (trace?: { traceId: string; spanId: string }) => {
      const batch = new BatchWriter();
      toShardWriter(batch).request(1, 2, bytes, trace);
      return batch.length;
    };
    expect(sizeOf()).toBe(1 + 4 + 4 + 4 + bytes.length);
    expect(sizeOf({ traceId: TRACE, spanId: SPAN })).toBe(sizeOf() + 56);
  });
});

describe('a receiver', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => span(String(i)));
  function exportTo(send: SpanSink['send']) {
    const counts = { sent: 0, dropped: 0 };
    const said: string[] = [];
    const spans = new SpanExport(
      { send, close: async () => undefined },
      {
        counted: (outcome, count) => {
          counts[outcome] += count;
        },
        warn: (_fields, message) => said.push(message),
        info: (_fields, message) => said.push(message),
      },
    );
    return { spans, counts, said };
  }

  it('[TRACE-7] that takes nothing fills a bounded queue; the rest is dropped, and told once', async () => {
    const { spans, counts, said } = exportTo(() => new Promise(() => undefined));
    for (let i = 0; i < 100; i += 1) spans.take(many(100));
    // One batch is on its way, and the queue is full behind it.
    expect(counts).toEqual({ sent: 0, dropped: 10_000 - 512 - 8_192 });
    expect(said).toHaveLength(1);
    await spans.close(20);
    expect(counts).toEqual({ sent: 0, dropped: 10_000 });
    spans.take(many(1));
    expect(counts.dropped).toBe(10_001);
    expect(said).toHaveLength(1);
  });

  it('[TRACE-7] that is back is told of once too, and gets what is left at the end', async () => {
    const got: number[] = [];
    let problem: string | null = 'away';
    const { spans, counts, said } = exportTo(async (batch) => {
      got.push(batch.length);
      return problem;
    });
    spans.take(many(512));
    spans.take(many(512));
    await expect.poll(() => counts.dropped).toBe(1_024);
    problem = null;
    spans.take(many(600));
    await spans.close(1_000);
    expect(got).toEqual([512, 512, 512, 88]);
    expect(counts).toEqual({ sent: 600, dropped: 1_024 });
    expect(said).toEqual([expect.stringContaining('dropped'), 'traces are sent again']);
  });
});
