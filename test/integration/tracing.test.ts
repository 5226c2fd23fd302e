/** Traces of a real server, taken by an OTLP receiver of this process. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const WATCH = fileURLToPath(new URL('../support/note-opentelemetry.mjs', import.meta.url));
const NODE_OPTIONS = `--import=${WATCH}`;
const TEXT = 'what nobody but the room is to read';

let receiver: OtlpReceiver;
let server: WireServer;
let admin: string;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  server = await startWireServer({
    ...{ NODE_OPTIONS, GATEWAYS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=the%20chat', OTEL_SERVICE_NAME: 'our-chat' },
    // Only what a client records itself is recorded.
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0',
  });
  admin = await serverToken(server.database.connectionString, { name: 'Root', roles: ['user', 'admin'] });
});
afterEach(closeWireClients);
afterAll(async () => {
  await server.end();
});

/** A trace that a client records. */
function ours() {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

async function call(method: string, path: string, traceparent: string, body?: object): Promise<number> {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      ...{ traceparent, authorization: `Bearer ${admin}` },
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan =>
  spans.find((span) => span.name === name)!;

/** Names from a span up to the one that it began with. */
function ancestry(spans: readonly ReceivedSpan[], name: string): string[] {
  const path: string[] = [];
  for (let span = spans.find((one) => one.name === name); span !== undefined;) {
    path.push(span.name);
    const { parentSpanId } = span;
    span = spans.find(({ spanId }) => spanId === parentSpanId);
  }
  return path;
}

describe('a frame that is recorded', () => {
  it('[TRACE-3] [TRACE-4] has its way over threads, into the log and to its listeners as one trace', async () => {
    const ada = await WireClient.guest(server.url, 'Ada Lovelace');
    const bob = await WireClient.guest(server.url, 'Bob');
    await ada.join('traced');
    await bob.join('traced');
    await ada.say('traced', 'not recorded');
    const { traceId, spanId, traceparent } = ours();
    ada.send({
      ...{ type: 'message:send', ref: 'sent', channelId: 'traced', traceparent },
      data: { content: TEXT },
    });
    const ack = await ada.next(({ ref }) => ref === 'sent');
    await bob.event('traced', ack.data.seq);

    const frame = 'ws message:send';
    const names = [frame, 'mailbox', 'decide', 'commit', 'publish', 'fan-out'];
    const spans = await receiver.trace(traceId, names);
    expect(spans.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(named(spans, frame)).toMatchObject({ parentSpanId: spanId, kind: 2, status: 0 });
    expect(ancestry(spans, 'mailbox')).toEqual(['mailbox', frame]);
    expect(ancestry(spans, 'fan-out')).toEqual(['fan-out', 'publish', 'commit', 'decide', frame]);
    expect(named(spans, 'commit').attributes).toMatchObject({
      'hubbub.event': ack.data.id,
      'hubbub.seq': ack.data.seq,
    });
    expect(named(spans, 'fan-out').attributes).toMatchObject({
      'hubbub.channel': 'traced',
      'hubbub.listeners': 2,
    });
    // One clock for all threads: what leads to something else begins before it, and the frame's span holds its answer.
    for (const span of spans) {
      const parent = spans.find(({ spanId: id }) => id === span.parentSpanId);
      expect(span.startMs, span.name).toBeGreaterThanOrEqual((parent ?? span).startMs - 1);
      expect(span.endMs, span.name).toBeGreaterThanOrEqual(span.startMs);
    }
    expect(named(spans, frame).endMs).toBeGreaterThan(named(spans, 'commit').endMs - 1);

    const [link] = named(spans, 'commit').links;
    const batch = await receiver.trace(link!.traceId, ['write batch', 'statement']);
    expect(named(batch, 'write batch')).toMatchObject({ spanId: link!.spanId, parentSpanId: '' });
    expect(named(batch, 'write batch').links).toMatchObject([
      { traceId, spanId: named(spans, 'commit').spanId },
    ]);
    expect(named(batch, 'write batch').attributes['hubbub.batch_size']).toBeGreaterThan(0);
    expect(named(batch, 'statement')).toMatchObject({
      ...{ parentSpanId: link!.spanId, kind: 3 },
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': expect.stringMatching(/^log-append/),
      },
    });
  });

  it('[TRACE-4] goes with a whisper from shard to shard, and ends with the answer', async () => {
    const ada = await WireClient.guest(server.url, 'Ada');
    // Two of three shards at least are not the sender's.
    const traces: string[] = [];
    for (const name of ['Bo', 'Cy', 'Di', 'Ed']) {
      const other = await WireClient.guest(server.url, name);
      const { traceId, traceparent } = ours();
      traces.push(traceId);
      ada.send({
        ...{ type: 'whisper:send', ref: name, traceparent },
        data: { to: { id: other.user.id }, content: TEXT },
      });
      expect(await ada.next(({ ref }) => ref === name)).toMatchObject({ type: 'ack' });
    }
    for (const traceId of traces) {
      const frame = 'ws whisper:send';
      const spans = await receiver.trace(traceId, [frame, 'mesh', 'commit', 'publish', 'fan-out']);
      expect(ancestry(spans, 'fan-out').slice(0, 3)).toEqual(['fan-out', 'publish', 'commit']);
      const path = ancestry(spans, 'commit');
      expect(path.at(-1)).toBe(frame);
      expect(path).toEqual(expect.arrayContaining(['commit', 'decide', 'mesh']));
      expect(named(spans, frame)).toMatchObject({ status: 0 });
      expect(named(spans, frame).endMs).toBeGreaterThan(named(spans, 'commit').endMs - 1);
    }
  });

  it('[TRACE-5] tells the code of a refusal, and says nothing of text, names, tokens and addresses', async () => {
    const ada = await WireClient.guest(server.url, 'Ada Lovelace');
    const refused = ours();
    ada.send({
      ...{ type: 'message:send', ref: 'x', channelId: 'traced', traceparent: refused.traceparent },
      data: { content: TEXT },
    });
    expect((await ada.next(({ ref }) => ref === 'x')).data.code).toBe('not_member');
    const unknown = ours();
    ada.send({ type: `no:${TEXT}`, ref: 'y', traceparent: unknown.traceparent });
    expect((await ada.next(({ ref }) => ref === 'y')).data.code).toBe('unknown_type');
    const spans = await receiver.trace(refused.traceId, ['ws message:send']);
    expect(named(spans, 'ws message:send')).toMatchObject({
      ...{ status: 2, attributes: { 'hubbub.outcome': 'not_member' } },
    });
    const [other] = await receiver.trace(unknown.traceId, ['ws unknown']);
    expect(other).toMatchObject({ status: 2, attributes: { 'hubbub.outcome': 'unknown_type' } });
    for (const secret of [TEXT, 'Lovelace', ada.user.id, ada.guestToken, admin, '127.0.0.1']) {
      expect(receiver.text()).not.toContain(secret);
    }
  });

  it('[TRACE-3] [TRACE-5] is told with the spans and attributes that docs/monitoring.md has, by its example', async () => {
    const docs = await readFile(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
    const [, example = ''] = /```json\n([^`]*message:send[^`]*)```/.exec(docs)!;
    const { channelId, traceparent } = JSON.parse(example) as { channelId: string; traceparent: string };
    const ada = await WireClient.guest(server.url, 'Ada');
    await ada.join(channelId);
    ada.send(example);
    expect((await ada.next('ack')).data.seq).toBe(1);
    await receiver.trace(traceparent.split('-')[1]!, ['ws message:send', 'fan-out']);
    for (const { name, attributes } of receiver.spans) {
      if (!/^(ws|GET|POST|PATCH|job) /.test(name)) expect(docs).toContain(`| \`${name}\``);
      for (const key of Object.keys(attributes)) {
        if (key.startsWith('hubbub.')) expect(docs).toContain(`\`${key}\``);
      }
    }
  });

  it('[TRACE-2] is one that the client records; without or with a malformed traceparent it goes by the ratio', async () => {
    const ada = await WireClient.guest(server.url, 'Ada');
    await ada.join('plain');
    const spared = ours();
    for (const traceparent of [spared.traceparent.replace(/01$/, '00'), 'nonsense', 7, null, {}]) {
      ada.send({
        ...{ type: 'message:send', ref: 'r', channelId: 'plain', traceparent },
        data: { content: `"traceparent":"${spared.traceparent}"` },
      });
      expect((await ada.next(({ ref }) => ref === 'r')).type).toBe('ack');
    }
    const last = ours();
    ada.send({ type: 'history:get', ref: 'h', channelId: 'plain', traceparent: last.traceparent, data: {} });
    await ada.next(({ ref }) => ref === 'h');
    await receiver.trace(last.traceId, ['ws history:get']);
    expect(receiver.spans.filter(({ traceId }) => traceId === spared.traceId)).toEqual([]);
    expect(receiver.spans.some(({ attributes }) => attributes['hubbub.channel'] === 'plain')).toBe(true);
  });
});

describe('an HTTP request that is recorded', () => {
  it('[TRACE-6] takes in traceparent, and has what it asks of shards and of the pool below it', async () => {
    const made = ours();
    expect(await call('POST', '/channels', made.traceparent, { id: 'rest', name: 'rest' })).toBe(201);
    const renamed = ours();
    expect(await call('PATCH', '/channels', renamed.traceparent, { id: 'rest', name: 'other' })).toBe(200);
    const tried = ours();
    const rule = { when: { kind: 'words', words: ['x'], match: 'word' } };
    expect(await call('POST', '/automod/dry-run', tried.traceparent, rule)).toBe(200);
    const nowhere = ours();
    expect(await call('GET', '/nowhere/Lovelace', nowhere.traceparent)).toBe(404);

    const [request] = await receiver.trace(made.traceId, ['POST /channels']);
    expect(request).toMatchObject({
      ...{ parentSpanId: made.spanId, kind: 2 },
      attributes: { 'http.route': '/channels', 'http.response.status_code': 201 },
    });
    const spans = await receiver.trace(renamed.traceId, ['PATCH /channels', 'publish']);
    expect(ancestry(spans, 'publish')).toEqual(['publish', 'commit', 'decide', 'PATCH /channels']);
    const job = await receiver.trace(tried.traceId, ['job dryRun', 'POST /automod/dry-run']);
    expect(ancestry(job, 'job dryRun')).toEqual(['job dryRun', 'POST /automod/dry-run']);
    const [lost] = await receiver.trace(nowhere.traceId, ['GET none']);
    expect(lost?.attributes).toMatchObject({ 'http.response.status_code': 404 });
  });
});

describe('where traces go', () => {
  it('[TRACE-1] is what the settings say, as whom they say', () => {
    expect(receiver.headers[0]).toMatchObject({ 'x-tenant': 'the chat' });
    expect(receiver.resource()).toMatchObject({ 'service.name': 'our-chat' });
  });

  it('[TRACE-7] is counted', async () => {
    const sent = async () => {
      const figures = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^hubbub_trace_spans_total\{outcome="sent"\} (\d+)$/m.exec(figures)?.[1]);
    };
    await expect.poll(sent, { interval: 200, timeout: 5_000 }).toBe(receiver.spans.length);
  });

  it('[TRACE-1] is known to the main thread alone', () => {
    const output = server.output();
    expect(output).toMatch(/^thread [1-9]\d* is watched$/m);
    const loading = [...output.matchAll(/^thread (\d+) loads/gm)].map(([, thread]) => thread);
    expect(new Set(loading)).toEqual(new Set(['0']));
  });

  it('[TRACE-7] may be away: the chat goes on, the log says so once, and the server ends in time', async () => {
    await receiver.close();
    const ada = await WireClient.guest(server.url, 'Ada');
    await ada.join('away');
    for (let i = 1; i <= 20; i += 1) {
      const { traceparent } = ours();
      ada.send({
        ...{ type: 'message:send', ref: `${i}`, channelId: 'away', traceparent },
        data: { content: 'x' },
      });
      expect((await ada.next(({ ref }) => ref === `${i}`)).data.seq).toBe(i);
    }
    await pause(300);
    await ada.close();
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(server.output().match(/traces are dropped/g)).toHaveLength(1);
  });
});

describe('without traces', () => {
  it('[TRACE-1] nothing of OpenTelemetry is loaded by any thread', async () => {
    const plain = await startWireServer({ NODE_OPTIONS, SHARDS: '1', GATEWAYS: '1' });
    try {
      const ada = await WireClient.guest(plain.url, 'Ada');
      await ada.join('room');
      ada.send({
        ...{ type: 'message:send', ref: 'sent', channelId: 'room', traceparent: ours().traceparent },
        data: { content: 'x' },
      });
      expect((await ada.next(({ ref }) => ref === 'sent')).type).toBe('ack');
      expect(plain.output()).toMatch(/^thread 2 is watched$/m);
      expect(plain.output()).not.toMatch(/loads/);
    } finally {
      await closeWireClients();
      await plain.end();
    }
  });
});
