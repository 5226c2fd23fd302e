import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beat, lifeCell, LifeWatch } from '../../src/threads/life-sign.ts';
import { RemoteCallError, RemoteCalls } from '../../src/threads/remote-calls.ts';
import type { RemoteGatewayControl } from '../../src/threads/gateway-control.ts';
import type { RemoteShardControl } from '../../src/threads/shard-control.ts';
import {
  type SupervisedGatewayThread,
  type SupervisedShard,
  Supervisor,
} from '../../src/threads/supervisor.ts';

/** Ports that were made: a test closes them. */
const ports: MessagePort[] = [];

/** A thread without a thread. */
class FakeThread {
  readonly calls: string[] = [];
  readonly ended: Promise<string>;
  /** What `begin` waits for. */
  begun: Promise<void> = Promise.resolve();
  terminated = false;
  /** Its control plane takes no port. */
  refuses = false;
  end!: (reason: string) => void;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  async terminate(): Promise<void> {
    this.terminated = true;
    this.end('terminated');
  }
}

class FakeShard extends FakeThread implements SupervisedShard {
  readonly control: RemoteShardControl;
  /** Whether it was asked to close while it ran. */
  closedAlive = false;

  constructor() {
    super();
    const keep = (name: string) => async (index: number, port: unknown) => {
      ports.push(port as MessagePort);
      if (this.refuses) throw new RemoteCallError('took too long');
      this.calls.push(`${name} ${index}`);
    };
    this.control = {
      begin: () => this.begun,
      connectGateway: keep('gateway'),
      disconnectGateway: async (index) => void this.calls.push(`no gateway ${index}`),
      connectShard: keep('shard'),
      presence: async () => ({ members: [], count: 0 }),
      purge: async () => null,
      forget: async () => true,
      floorsMoved: async () => undefined,
      channelCreated: async () => undefined,
      request: async () => ({ ok: true, value: {} }),
      publish: async () => [],
      inboxRequest: async () => ({ ok: true, value: {} }),
      counts: async () => [],
      setAutomod: async () => undefined,
      tell: async () => undefined,
      stats: () => Promise.reject(new Error('none')),
      close: async () => {
        this.calls.push('close');
        this.closedAlive = !this.terminated;
        if (this.refuses) throw new RemoteCallError('took too long');
      },
    };
  }
}

class FakeGateway extends FakeThread implements SupervisedGatewayThread {
  readonly control: RemoteGatewayControl;
  /** Why it can't listen. */
  problem: string | null = null;

  constructor() {
    super();
    const note = (name: string) => async (about?: unknown) =>
      void this.calls.push(`${name} ${String(about)}`);
    this.control = {
      begin: () => this.begun,
      connectShard: async (index, port) => {
        ports.push(port as unknown as MessagePort);
        this.calls.push(`shard ${index}`);
      },
      disconnectShard: note('no shard'),
      listen: async ({ port }) => {
        this.calls.push(`listen ${port}`);
        return this.problem;
      },
      catchUp: note('catch up'),
      levels: () => Promise.reject(new Error('none')),
      tellAnalytics: note('analytics'),
      sessionsOf: () => Promise.reject(new Error('none')),
      endSessions: () => Promise.reject(new Error('none')),
      drain: note('drain'),
      sendAway: note('send away'),
      close: note('close'),
    };
  }
}

function supervised(shards: number, prepare: (thread: FakeShard, shard: number) => void = () => undefined) {
  const threads: FakeShard[][] = Array.from({ length: shards }, () => []);
  const cells: SharedArrayBuffer[] = [];
  const gateway: string[] = [];
  const restarted: number[] = [];
  const supervisor = new Supervisor({
    shards,
    gateways: [
      {
        index: 0,
        connectShard: (shard, port) => {
          gateway.push(`up ${shard}`);
          ports.push(port as unknown as MessagePort);
        },
        disconnectShard: (shard) => gateway.push(`down ${shard}`),
      },
    ],
    spawn: (shard, _incarnation, life) => {
      const thread = new FakeShard();
      prepare(thread, shard);
      threads[shard]!.push(thread);
      cells[shard] = life;
      return thread;
    },
    logger: { error: () => undefined, info: () => undefined },
    restarted: (shard) => restarted.push(shard),
  });
  return { supervisor, threads, cells, gateway, restarted };
}

async function settle(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await tick();
}

describe('the supervisor', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    for (const port of ports.splice(0)) port.close();
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])(
    '[SHARD-1] meshes shards that start at once, each pair by one channel, begun in the order %j',
    async (order) => {
      const begin: (() => void)[] = [];
      const { supervisor, threads, gateway } = supervised(3, (thread, shard) => {
        thread.begun = new Promise((resolve) => {
          begin[shard] = resolve;
        });
      });
      const started = supervisor.start();
      for (const shard of order) begin[shard]!();
      await started;
      const ways = threads.map(([thread]) => thread!.calls.filter((call) => call.startsWith('shard')).sort());
      expect(ways).toEqual([
        ['shard 1', 'shard 2'],
        ['shard 0', 'shard 2'],
        ['shard 0', 'shard 1'],
      ]);
      expect(gateway.sort()).toEqual(['up 0', 'up 1', 'up 2']);
      expect(supervisor.down).toEqual([]);
      await supervisor.stop();
    },
  );

  it('[SHARD-2] replaces a shard that ended, and opens its ways anew', async () => {
    const { supervisor, threads, gateway, restarted } = supervised(2);
    await supervisor.start();
    gateway.length = 0;
    threads[0]![0]!.end('exit code 1');
    await settle();
    expect([supervisor.down, supervisor.control(0), gateway]).toEqual([[0], null, ['down 0']]);
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    expect([supervisor.down, gateway, restarted]).toEqual([[], ['down 0', 'up 0'], [0]]);
    expect(threads[0]![1]!.calls).toEqual(['shard 1', 'gateway 0']);
    expect(threads[1]![0]!.calls.filter((call) => call === 'shard 0')).toHaveLength(2);
    await supervisor.stop();
  });

  it('[SHARD-7] pauses longer with every crash, up to 10 s, until one stays for a minute', async () => {
    const { supervisor, threads } = supervised(1);
    await supervisor.start();
    const pauses: number[] = [];
    const crash = async () => {
      const count = threads[0]!.length;
      threads[0]!.at(-1)!.end('crash');
      await settle();
      const before = performance.now();
      while (threads[0]!.length === count) await vi.advanceTimersByTimeAsync(50);
      pauses.push(Math.max(0, performance.now() - before - 50));
      await settle();
    };
    for (let count = 0; count < 8; count += 1) await crash();
    expect(pauses[0]).toBe(0);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.slice(1, 4)).toEqual([200, 450, 950]);
    expect(pauses.at(-1)).toBe(9_950);
    await vi.advanceTimersByTimeAsync(60_001);
    pauses.length = 0;
    await crash();
    expect(pauses).toEqual([0]);
    await supervisor.stop();
  });

  it('[SHARD-2] ends a shard whose loop is stuck within 2 s, and none that beats', async () => {
    const { supervisor, threads, cells } = supervised(2);
    await supervisor.start();
    for (const cell of cells) Atomics.add(new Int32Array(cell), 0, 1);
    for (let ms = 0; ms < 1_950; ms += 50) {
      Atomics.add(new Int32Array(cells[1]!), 0, 1);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(threads.map(([thread]) => thread!.terminated)).toEqual([true, false]);
    await supervisor.stop();
  });

  it('[SHARD-2] a thread that can not be connected is no shard: it is ended and replaced', async () => {
    let spawned = 0;
    const { supervisor, threads } = supervised(1, (thread) => {
      spawned += 1;
      thread.refuses = spawned === 2;
    });
    await supervisor.start();
    threads[0]![0]!.end('crash');
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    expect(threads[0]!.map(({ terminated }) => terminated)).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(250);
    await settle();
    expect([threads[0]!.length, supervisor.down]).toEqual([3, []]);
    await supervisor.stop();
  });

  it('[SHARD-2] start rejects when a shard ends before it was up', async () => {
    const { supervisor } = supervised(2, (thread, shard) => {
      if (shard === 1) thread.begun = Promise.reject(new RemoteCallError('the shard ended'));
    });
    await expect(supervisor.start()).rejects.toThrow('the shard ended');
    await supervisor.stop();
  });

  it('[SHARD-16] a third crash is an alarm, also while its replacement is up, until one lived for a minute', async () => {
    const { supervisor, threads } = supervised(2);
    await supervisor.start();
    const looping = () => supervisor.crashLoops.map((told) => told.looping);
    const crash = async () => {
      threads[1]!.at(-1)!.end('crash');
      await settle();
      const during = looping();
      await vi.advanceTimersByTimeAsync(10_000);
      await settle();
      expect(supervisor.down).toEqual([]);
      return [during, looping()];
    };
    expect(supervisor.crashLoops.map(({ thread }) => thread)).toEqual(['shard-0', 'shard-1']);
    for (let count = 0; count < 2; count += 1)
      expect(await crash()).toEqual([
        [false, false],
        [false, false],
      ]);
    expect(await crash()).toEqual([
      [false, true],
      [false, true],
    ]);
    await vi.advanceTimersByTimeAsync(49_000);
    expect(looping()).toEqual([false, true]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(looping()).toEqual([false, false]);
    // Later crashes count from the beginning.
    expect((await crash())[0]).toEqual([false, false]);
    await supervisor.stop();
  });

  it('[SHARD-7] a replacement that the system gives no thread is tried again after a pause', async () => {
    let spawned = 0;
    const { supervisor, threads } = supervised(1, () => {
      spawned += 1;
      if (spawned === 2) throw new Error('no more threads');
    });
    await supervisor.start();
    threads[0]![0]!.end('crash');
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    expect([spawned, supervisor.down]).toEqual([2, [0]]);
    await vi.advanceTimersByTimeAsync(250);
    await settle();
    expect([spawned, supervisor.down]).toEqual([3, []]);
    await supervisor.stop();
  });

  it('[OPS-18] lets shards close before it ends them, those too that fail to', async () => {
    const { supervisor, threads } = supervised(2);
    await supervisor.start();
    threads[0]![0]!.refuses = true;
    await supervisor.stop();
    for (const [thread] of threads) {
      expect(thread!.calls.filter((call) => call === 'close')).toHaveLength(1);
      expect([thread!.closedAlive, thread!.terminated]).toEqual([true, true]);
    }
  });

  it('[SHARD-7] replaces none once it stops', async () => {
    const { supervisor, threads, restarted } = supervised(2);
    await supervisor.start();
    await supervisor.stop();
    await settle();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(threads.map((all) => all.length)).toEqual([1, 1]);
    expect(restarted).toEqual([]);
  });
});

/** A supervisor of shards and of gateway threads; fake timers are set. */
function withGateways(
  counts: { readonly shards: number; readonly gateways: number },
  prepare: (thread: FakeGateway | FakeShard) => void = () => undefined,
) {
  const shards: FakeShard[][] = Array.from({ length: counts.shards }, () => []);
  const gateways: FakeGateway[][] = Array.from({ length: counts.gateways }, () => []);
  const cells: SharedArrayBuffer[] = [];
  const told: string[] = [];
  const supervisor = new Supervisor({
    shards: counts.shards,
    gateways: [],
    spawn: (index) => {
      const shard = new FakeShard();
      prepare(shard);
      shards[index]!.push(shard);
      return shard;
    },
    gatewayThreads: {
      count: counts.gateways,
      spawn: (index, incarnation, life) => {
        const gateway = new FakeGateway();
        prepare(gateway);
        gateways[index]!.push(gateway);
        cells[index] = life;
        told.push(`spawned ${index}.${incarnation}`);
        return gateway;
      },
      lost: (index) => told.push(`lost ${index}`),
      restarted: (index) => told.push(`restarted ${index}`),
    },
    logger: { error: () => undefined, info: () => undefined },
    restarted: () => undefined,
  });
  return { supervisor, shards, gateways, cells, told };
}

describe('gateway threads', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    for (const port of ports.splice(0)) port.close();
  });

  it.each([['shards first'], ['gateways first'], ['in turn']])(
    '[GATE-2] get one way to every shard, %s',
    async (order) => {
      const begin: (() => void)[] = [];
      const { supervisor, shards, gateways } = withGateways({ shards: 2, gateways: 2 }, (thread) => {
        thread.begun = new Promise((resolve) => begin.push(resolve));
      });
      const started = supervisor.start();
      // Shards come first.
      const all = begin.slice();
      if (order === 'gateways first') all.reverse();
      if (order === 'in turn') all.sort((a, b) => (begin.indexOf(a) % 2) - (begin.indexOf(b) % 2));
      for (const go of all) {
        go();
        await settle();
      }
      await started;
      for (const [gateway] of gateways) expect(gateway!.calls.sort()).toEqual(['shard 0', 'shard 1']);
      for (const [shard] of shards) {
        const ways = shard!.calls.filter((call) => call.startsWith('gateway'));
        expect(ways.sort()).toEqual(['gateway 0', 'gateway 1']);
      }
      expect([supervisor.down, supervisor.gatewaysDown]).toEqual([[], []]);
      await supervisor.stop();
    },
  );

  it('[GATE-7] one that ends is forgotten by the shards at once, replaced, and listens again where the others do', async () => {
    const { supervisor, shards, gateways, told } = withGateways({ shards: 2, gateways: 2 });
    await supervisor.start();
    expect(await supervisor.listen({ host: 'h', port: 7 })).toBeNull();
    for (const [shard] of shards) shard!.calls.length = 0;
    gateways[1]![0]!.end('exit code 1');
    await settle();
    expect(supervisor.gatewaysDown).toEqual([1]);
    expect([supervisor.gatewayControl(1), supervisor.gatewayControl(0) !== null]).toEqual([null, true]);
    for (const [shard] of shards) expect(shard!.calls).toEqual(['no gateway 1']);
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    expect(supervisor.gatewaysDown).toEqual([]);
    expect(gateways[1]![1]!.calls).toEqual(['shard 0', 'shard 1', 'listen 7']);
    for (const [shard] of shards) expect(shard!.calls).toEqual(['no gateway 1', 'gateway 1']);
    // What it had is forgotten before anything of its replacement begins; the other one is asked nothing.
    expect(told).toEqual(['spawned 0.0', 'spawned 1.0', 'lost 1', 'restarted 1', 'spawned 1.1']);
    expect(gateways[0]![0]!.calls).toEqual(['shard 0', 'shard 1', 'listen 7']);
    await supervisor.stop();
  });

  it('[GATE-7] hear of a shard that ends, and get a way to its replacement', async () => {
    const { supervisor, shards, gateways } = withGateways({ shards: 2, gateways: 2 });
    await supervisor.start();
    for (const [gateway] of gateways) gateway!.calls.length = 0;
    shards[0]![0]!.end('exit code 1');
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    for (const [gateway] of gateways) expect(gateway!.calls).toEqual(['no shard 0', 'shard 0']);
    await supervisor.stop();
  });

  it('[GATE-7] one that hangs is ended within 2 s', async () => {
    const { supervisor, gateways, cells } = withGateways({ shards: 1, gateways: 2 });
    await supervisor.start();
    for (const cell of cells) Atomics.add(new Int32Array(cell), 0, 1);
    for (let ms = 0; ms < 1_950; ms += 50) {
      Atomics.add(new Int32Array(cells[1]!), 0, 1);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(gateways.map(([gateway]) => gateway!.terminated)).toEqual([true, false]);
    await supervisor.stop();
  });

  it('[GATE-7] one that can not listen any more is none: it is ended, and tried again after a pause', async () => {
    const { supervisor, gateways } = withGateways({ shards: 1, gateways: 1 }, (thread) => {
      if (thread instanceof FakeGateway && gateways[0]!.length === 1) thread.problem = 'EADDRINUSE';
    });
    await supervisor.start();
    expect(await supervisor.listen({ host: 'h', port: 7 })).toBeNull();
    gateways[0]![0]!.end('crash');
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    await settle();
    expect([gateways[0]!.map(({ terminated }) => terminated), supervisor.gatewaysDown]).toEqual([
      [false, true],
      [0],
    ]);
    await vi.advanceTimersByTimeAsync(250);
    await settle();
    expect([gateways[0]!.length, supervisor.gatewaysDown]).toEqual([3, []]);
    await supervisor.stop();
  });

  it('[GATE-3] listen tells why one can not', async () => {
    const { supervisor } = withGateways({ shards: 1, gateways: 2 }, (thread) => {
      if (thread instanceof FakeGateway) thread.problem = 'EACCES';
    });
    await supervisor.start();
    expect(await supervisor.listen({ host: 'h', port: 7 })).toBe('EACCES');
    await supervisor.stop();
  });

  it('[GATE-12] are not replaced any more on the way down, while shards are', async () => {
    const { supervisor, shards, gateways, told } = withGateways({ shards: 1, gateways: 1 });
    await supervisor.start();
    supervisor.retireGateways();
    gateways[0]![0]!.end('crash');
    shards[0]![0]!.end('crash');
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    await settle();
    expect([gateways[0]!.length, shards[0]!.length]).toEqual([1, 2]);
    expect(told).toEqual(['spawned 0.0', 'lost 0']);
    await supervisor.stop();
  });

  it('[GATE-7] a shard and a gateway that are replaced at once find each other', async () => {
    const slow: (() => void)[] = [];
    const { supervisor, shards, gateways } = withGateways({ shards: 1, gateways: 1 }, (thread) => {
      thread.begun = new Promise((resolve) => slow.push(resolve));
    });
    const started = supervisor.start();
    for (const go of slow.splice(0)) go();
    await started;
    shards[0]![0]!.end('crash');
    gateways[0]![0]!.end('crash');
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    for (const go of slow.splice(0).reverse()) {
      go();
      await settle();
    }
    expect([supervisor.down, supervisor.gatewaysDown]).toEqual([[], []]);
    expect(gateways[0]![1]!.calls).toEqual(['shard 0']);
    expect(shards[0]![1]!.calls).toEqual(['gateway 0']);
    await supervisor.stop();
  });
});

describe('life signs', () => {
  it('[SHARD-2] show how long a loop has been quiet', () => {
    const cell = lifeCell();
    const watch = new LifeWatch(cell);
    expect(watch.hasBegun).toBe(false);
    const stop = beat(cell);
    expect(watch.hasBegun).toBe(true);
    expect([watch.check(), watch.check(), watch.check()]).toEqual([0, 1, 2]);
    Atomics.add(new Int32Array(cell), 0, 1);
    expect(watch.check()).toBe(0);
    stop();
  });
});

describe('calls to another thread', () => {
  const never = () => new Promise<never>(() => undefined);

  it('[SHARD-8] reject when the thread ends, pending and later ones', async () => {
    const calls = new RemoteCalls();
    const pending = calls.run('stats', 10_000, never);
    calls.end('exit code 1');
    await expect(pending).rejects.toThrow(RemoteCallError);
    await expect(calls.run('stats', 10_000, async () => 1)).rejects.toThrow('exit code 1');
  });

  it('[SHARD-8] reject when they take too long', async () => {
    await expect(new RemoteCalls().run('stats', 1, never)).rejects.toThrow('stats took longer than 1 ms');
  });

  it('[SHARD-8] give what the thread gives', async () => {
    const calls = new RemoteCalls();
    await expect(calls.run('a', 1_000, async () => 7)).resolves.toBe(7);
    await expect(calls.run('b', 1_000, () => Promise.reject(new Error('theirs')))).rejects.toThrow('theirs');
  });
});
