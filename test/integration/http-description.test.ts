import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import { GatewayFigures, gatewayFiguresMemory } from '../../src/threads/gateway-figures.ts';
import { ShardFigures } from '../../src/threads/shard-stats.ts';
import { descriptionOf, filledPath, operationsOf } from '../support/described-operations.ts';
import type { Description, Operation, Schema } from '../support/described-operations.ts';
import { brokenRules } from '../support/openapi-rules.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

/** A description that a test may spoil. */
interface Writable {
  openapi: string;
  tags: unknown[];
  paths: Record<string, Record<string, { -readonly [Field in keyof Operation]: Operation[Field] }>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
}

describe('the description of the API', () => {
  const describeRoutes = async () => {
    const { app } = await start();
    const description = await descriptionOf(app);
    const operations = operationsOf(description);
    const described = operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    return { app, description, operations, described };
  };

  it('[HTTP-18] has the routes that clients rely on', async () => {
    const { described } = await describeRoutes();
    for (const route of [
      'GET /health',
      'GET /ready',
      'GET /metrics',
      'GET /discovery',
      'GET /.well-known/jwks.json',
      'GET /ws',
      'POST /register',
      'POST /login',
      'POST /refresh',
      'POST /logout',
      'GET /channels',
      'POST /channels',
      'POST /chat/rooms',
      'GET /chat/rooms/:id/presence',
      'GET /chat/history/:id',
      'GET /messages',
      'GET /whispers',
      'GET /whispers/conversations',
      'GET /openapi.json',
      'GET /api',
    ]) {
      expect(described).toContain(route);
    }
  });

  it('[HTTP-18] agrees with the router both ways', async () => {
    const { app, described } = await describeRoutes();
    for (const route of described) {
      const [method, url] = route.split(' ') as ['GET' | 'POST', string];
      expect([route, app.hasRoute({ method, url })]).toEqual([route, true]);
    }
    // printRoutes is the router's own list; the page's wildcard, the client's three files and three routes of /docs
    // aren't described.
    const printed = app.printRoutes({ commonPrefix: false });
    const listed = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods = '']) =>
      methods.split(', ').filter((method) => method !== 'HEAD'),
    );
    expect(listed).toHaveLength(described.length + 7);
  });

  it('[HTTP-34] is valid OpenAPI 3.1, in which every operation has an id, a group and a meaning for each status', async () => {
    const { description, operations } = await describeRoutes();
    expect(brokenRules(description)).toEqual([]);
    expect(operations.length).toBeGreaterThan(15);
    expect(JSON.stringify(description).match(/"\$ref"/g)?.length).toBeGreaterThan(30);
  });

  let some: Writable | null = null;
  /** Of three routes alone: what is wrong is found in these as in all. */
  const describeSome = async (): Promise<Writable> => {
    if (some === null) {
      const { description } = await describeRoutes();
      const all = structuredClone(description) as unknown as Writable;
      const kept = ['/channels', '/chat/history/{id}', '/health'];
      const paths = Object.fromEntries(kept.map((path) => [path, all.paths[path]!]));
      some = { ...all, paths };
      expect(brokenRules(some as unknown as Description)).toEqual([]);
    }
    return structuredClone(some);
  };

  it.each<[string, (description: Writable) => void]>([
    ['a version', (d) => (d.openapi = '3.0.3')],
    ['a path', (d) => (d.paths['channels'] = d.paths['/channels']!)],
    ['two paths that are one', (d) => (d.paths['/chat/history/{name}'] = d.paths['/chat/history/{id}']!)],
    ['an id that stands twice', (d) => (d.paths['/channels']!.get!.operationId = 'getHealth')],
    ['a missing parameter', (d) => (d.paths['/chat/history/{id}']!.get!.parameters = [])],
    ['a reference', (d) => delete d.components.schemas['Channel']],
    ['a schema', (d) => (d.components.schemas['Channel'] = { type: 'nothing' })],
    ['a keyword', (d) => (d.components.schemas['Channel'] = { nullable: true })],
    ['a scheme', (d) => (d.components.securitySchemes = {})],
    ['a group', (d) => (d.tags = [])],
    ['a status', (d) => (d.paths['/health']!.get!.responses = { 999: { description: 'x' } })],
    ['a silent status', (d) => (d.paths['/health']!.get!.responses = { 200: { description: '' } })],
  ])('[HTTP-34] is checked: %s that is wrong is found', async (_what, spoil) => {
    const spoilt = await describeSome();
    spoil(spoilt);
    expect(brokenRules(spoilt as unknown as Description)).not.toEqual([]);
  });

  it('[HTTP-18] says where a token is needed', async () => {
    const { app, operations } = await describeRoutes();
    for (const { method, path, operation } of operations) {
      const { statusCode } = await app.inject({ method, url: filledPath(path) });
      expect([method, path, statusCode === 401]).toEqual([method, path, operation.security !== undefined]);
    }
  });
});

/** Figures of a gateway with so many connections, and one that ended. */
function gatewayFigures(connections: number): GatewayFigures {
  const types = ['message:send', 'unknown'];
  const figures = new GatewayFigures(gatewayFiguresMemory(types), types);
  for (let n = 0; n < connections + 1; n += 1) figures.opened();
  figures.closed(4200);
  for (const type of ['message:send', 'unknown', 'message:send', 'message:send']) figures.frame(type);
  figures.sent('event', 1_000);
  return figures;
}

describe('metrics', () => {
  const figures = () => {
    const shard = new ShardFigures(() => undefined);
    shard.request('message:send');
    shard.request('message:send');
    shard.refused('slow_mode');
    shard.committed(1, 0.4);
    shard.committed(150, 30);
    shard.page('ring');
    shard.page('log');
    const levels = {
      ...{ actors: 3, inboxes: 4, inboxesAwake: 1, connections: 5 },
      ...{ mailboxDepth: 2, heldEntries: 1, ringSize: 1_000 },
    };
    return shard.stats(levels, {
      loopLag: { p50Ms: 1, p99Ms: 20, maxMs: 40 },
      memory: { heapBytes: 7_000, externalBytes: 80 },
      load: 0.5,
    });
  };

  it('[HTTP-19] tell main and every shard, with a thread label', async () => {
    const metrics = createMetrics();
    metrics.shardRestarts.inc({ shard: '1' });
    const shards = {
      presence: async () => ({ ok: true, value: { members: [], count: 0 } }) as const,
      channelCreated: async () => undefined,
      request: async () => ({ ok: true, value: {} }) as const,
      inboxRequest: async () => ({ ok: true, value: {} }) as const,
      counts: async () => ({ ok: true, value: new Map<string, number>() }) as const,
      tell: async () => undefined,
      stats: async () => [{ shard: 0, stats: structuredClone(figures()) }],
    };
    const counted = gatewayFigures(7);
    const memory = { heapBytes: 0, externalBytes: 0 };
    const levels = {
      sessionsDropped: 0,
      socketBacklogBytes: 99,
      slowSockets: 3,
      loopLag: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
      memory,
    };
    const gateways = async () => [{ thread: null, totals: counted.totals(), levels }];
    const { app } = await start({ metrics, shards, gateways });
    await app.inject('/health');
    const answer = await app.inject('/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = answer.body.split('\n');
    for (const line of [
      'hubbub_connections 7',
      'hubbub_socket_backlog_bytes 99',
      'hubbub_slow_sockets 3',
      'hubbub_messages_in_total{type="message:send"} 3',
      'hubbub_messages_out_total{type="event"} 1000',
      'hubbub_closes_total{code="4200"} 1',
      'hubbub_shard_restarts_total{shard="1"} 1',
      'hubbub_shard_requests_total{thread="shard-0",type="message:send"} 2',
      'hubbub_shard_errors_total{thread="shard-0",code="slow_mode"} 1',
      'hubbub_commit_duration_seconds_bucket{thread="shard-0",le="0.0005"} 1',
      'hubbub_commit_duration_seconds_bucket{thread="shard-0",le="0.02"} 1',
      'hubbub_commit_duration_seconds_bucket{thread="shard-0",le="0.05"} 2',
      'hubbub_commit_duration_seconds_bucket{thread="shard-0",le="+Inf"} 2',
      'hubbub_commit_duration_seconds_count{thread="shard-0"} 2',
      'hubbub_batch_entries_sum{thread="shard-0"} 151',
      'hubbub_ring_hits_total{thread="shard-0"} 1',
      'hubbub_ring_misses_total{thread="shard-0"} 1',
      'hubbub_mailbox_depth{thread="shard-0"} 2',
      'hubbub_event_loop_lag_seconds{thread="shard-0",quantile="0.99"} 0.02',
      'hubbub_thread_heap_used_bytes{thread="shard-0"} 7000',
      'hubbub_thread_external_bytes{thread="shard-0"} 80',
      'hubbub_http_request_duration_seconds_count{method="GET",route="/health",status="200"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(answer.body).toMatch(/^hubbub_event_loop_lag_seconds\{thread="main",quantile="1"\} \d/m);
    // Each line is a comment or a sample, and no family comes twice.
    for (const line of lines)
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|[a-z_][a-z0-9_]*(\{.*\})? ([\d.e+-]+|Nan)|)$/i);
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
  });

  it('[HTTP-19] [GATE-13] tell each gateway thread by its label, and count those that do not answer', async () => {
    const counted = gatewayFigures(7).totals();
    const memory = { heapBytes: 5_000, externalBytes: 60 };
    const levels = {
      sessionsDropped: 0,
      socketBacklogBytes: 99,
      slowSockets: 3,
      loopLag: { p50Ms: 1, p99Ms: 2, maxMs: 500 },
      memory,
    };
    const gateways = async () => [
      { thread: 'gateway-0', totals: counted, levels },
      { thread: 'gateway-1', totals: counted, levels: null },
    ];
    const { app } = await start({ gateways });
    const { body } = await app.inject('/metrics');
    const lines = body.split('\n');
    for (const line of [
      'hubbub_connections{thread="gateway-0"} 7',
      'hubbub_connections{thread="gateway-1"} 7',
      'hubbub_socket_backlog_bytes{thread="gateway-0"} 99',
      'hubbub_messages_in_total{thread="gateway-1",type="message:send"} 3',
      'hubbub_event_loop_lag_seconds{thread="gateway-0",quantile="1"} 0.5',
      'hubbub_thread_heap_used_bytes{thread="gateway-0"} 5000',
      'hubbub_thread_external_bytes{thread="gateway-0"} 60',
      'hubbub_gateway_stats_missing_total 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(body).not.toMatch(/hubbub_socket_backlog_bytes\{thread="gateway-1"|hubbub_connections \d/);
    // Every family is announced once.
    const heads = lines.filter((line) => line.startsWith('# TYPE'));
    expect(new Set(heads).size).toBe(heads.length);
  });

  it('[HTTP-19] leave a shard out that does not answer, and count it', async () => {
    const asked: number[] = [];
    const shards = {
      presence: async () => ({ ok: true, value: { members: [], count: 0 } }) as const,
      channelCreated: async () => undefined,
      request: async () => ({ ok: true, value: {} }) as const,
      inboxRequest: async () => ({ ok: true, value: {} }) as const,
      counts: async () => ({ ok: true, value: new Map<string, number>() }) as const,
      tell: async () => undefined,
      stats: async (timeoutMs: number) => {
        asked.push(timeoutMs);
        return [
          { shard: 0, stats: null },
          { shard: 1, stats: figures() },
        ];
      },
    };
    const { app } = await start({ shards });
    const { body } = await app.inject('/metrics');
    expect(asked).toEqual([500]);
    expect(body).toContain('hubbub_shard_stats_missing_total 1');
    expect(body).toContain('hubbub_actors{thread="shard-1"} 3');
    expect(body).not.toContain('shard-0');
  });
});
