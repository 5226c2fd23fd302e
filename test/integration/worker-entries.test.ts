import { describe, expect, it } from 'vitest';
import { createJobPool } from '../../src/composition/job-pool.ts';
import { SharedAddressLimiter } from '../../src/cache/shared-address-limiter.ts';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { messageTypes } from '../../src/composition/gateway-parts.ts';
import type { GatewayWorkerData } from '../../src/composition/gateway-worker-data.ts';
import { loadConfig } from '../../src/config.ts';
import { gatewayFiguresMemory } from '../../src/threads/gateway-figures.ts';
import { GatewayThread } from '../../src/threads/gateway-thread.ts';
import { lifeCell } from '../../src/threads/life-sign.ts';
import { ShardThread } from '../../src/threads/shard-thread.ts';
import type { ShardWorkerData } from '../../src/threads/shard-worker-data.ts';
import { writeSigns } from '../../src/threads/write-sign.ts';
import { NO_RULES } from '../../src/protocol/automod-rules.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';
import { FAULTS_CHANNEL, type ShardFault } from '../support/shard-fault.ts';

const WORKERS = new URL('../../workers/', import.meta.url);
const HEAP_MB = 128;

describe('worker entries', () => {
  const start = (incarnation: number, entry = new URL('shard.ts', WORKERS)): ShardThread => {
    const data: ShardWorkerData = {
      index: 2,
      shards: 3,
      incarnation,
      life: lifeCell(),
      writeSigns: writeSigns(3),
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      serverId: 'test',
      databaseId: 'test',
      valkeyUrl: undefined,
      policy: OPEN_POLICY,
      automod: NO_RULES,
      logLevel: 'silent',
    };
    return new ShardThread(entry, data, HEAP_MB);
  };

  it('[SHARD-1] the shard entry starts without a build step and answers its control plane', async () => {
    const thread = start(0);
    await thread.control.begin();
    expect(await thread.control.presence('general', 10)).toEqual({ members: [], count: 0 });
    await thread.terminate();
  });

  it('[SHARD-8] calls to a shard that ends reject, those under way and later ones', async () => {
    // A replacement's `begin` waits for PostgreSQL, which isn't there.
    const thread = start(1);
    const underWay = expect(thread.control.begin()).rejects.toThrow(/ended/);
    await thread.control.presence('general', 10);
    await thread.terminate();
    await underWay;
    await expect(thread.control.presence('general', 10)).rejects.toThrow(/ended/);
    expect(await thread.ended).toMatch(/exit code/);
  });

  it('[SHARD-15] a thread that fills its heap ends and says so, and the process goes on', async () => {
    const thread = start(0, new URL('../support/faulty-shard.ts', import.meta.url));
    await thread.control.begin();
    const faults = new BroadcastChannel(FAULTS_CHANNEL);
    faults.postMessage({ shard: 2, kind: 'memory' } satisfies ShardFault);
    expect(await thread.ended).toContain('memory limit');
    faults.close();
  });

  it('[GATE-1] [GATE-14] the gateway entry starts without a build step, and waits for PostgreSQL', async () => {
    const config = loadConfig({ GATEWAYS: '1', LOG_LEVEL: 'silent' }, { baseDir: '/', cores: 2 });
    if (!config.ok) throw new Error(config.failure.message);
    const data: GatewayWorkerData = {
      index: 0,
      incarnation: 0,
      life: lifeCell(),
      config: config.value,
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      server: { id: 'test', name: 'Test' },
      mainSocket: '/nonexistent',
      rates: SharedRateLimiter.create(64, 1).buffer,
      addresses: SharedAddressLimiter.memory(1),
      addressThread: 1,
      sessionWriter: { name: 'test/1', run: 'test', place: null },
      figures: gatewayFiguresMemory(messageTypes()),
    };
    const thread = new GatewayThread(new URL('gateway.ts', WORKERS), data, HEAP_MB);
    const underWay = expect(thread.control.begin()).rejects.toThrow(/gateway-0 ended/);
    const levels = { socketBacklogBytes: 0, slowSockets: 0, loopLag: { maxMs: expect.any(Number) } };
    // A thread that starts takes longer to answer than one that is asked for its figures may.
    await thread.control.disconnectShard(0);
    expect(await thread.control.levels(true)).toMatchObject(levels);
    await expect(thread.control.listen({ host: '127.0.0.1', port: 1 })).rejects.toThrow(/has begun/);
    await thread.control.drain(100);
    await thread.control.close();
    await thread.terminate();
    await underWay;
  });

  it('[SHARD-12] the entry of the job pool starts, stateless jobs run in the pool', async () => {
    const pool = createJobPool();
    const task = {
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      when: { kind: 'words' as const, words: ['x'] },
      ...{ last: 1, since: 0 },
    };
    // It runs there, and fails where there is no database.
    await expect(pool.dryRun(task, new AbortController().signal)).rejects.toThrow(/ECONNREFUSED/);
    await pool.close();
  });
});
