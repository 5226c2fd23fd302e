/**
 * Fails the test that leaves a Worker, a MessagePort, a timer, a server, a socket, a pipe or a child process behind.
 *
 * What a file makes in `beforeAll` (or while it loads) lives longer than a test: then a lazily filled pool or a
 * server's timers can't be told from a leak, so such a file is held against the state before it, once, at its end.
 * Handles that were unref'd don't count, except Workers, which always do.
 */
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import type { Worker } from 'node:worker_threads';

/** Closing is asynchronous in Node: so many ms pass before what is still there counts as left behind. */
const GRACE_MS = 2_000;
const POLL_MS = 10;

/** Names as process.getActiveResourcesInfo() has them; requests in flight (file reads, DNS) are not leaks. */
const WATCHED = new Set([
  'MessagePort',
  'PipeServerWrap',
  'PipeWrap',
  'ProcessWrap',
  'TCPServerWrap',
  'TCPSocketWrap',
  'TLSWrap',
  'UDPWrap',
]);

type Census = ReadonlyMap<string, number>;

const { setTimeout: pause, setImmediate } = globalThis;
const workers = watchWorkers();
const timers = watchTimers();

function watchWorkers(): ReadonlySet<Worker> {
  const alive = new Set<Worker>();
  process.on('worker', (worker: Worker) => {
    alive.add(worker);
    worker.once('exit', () => alive.delete(worker));
  });
  return alive;
}

/** Records what is started through the global functions: Vitest keeps the originals, so its own timers don't count. */
function watchTimers(): { running(): number } {
  const started = new Set<NodeJS.Timeout>();
  const prune = () => {
    for (const timer of started) if (!isRunning(timer)) started.delete(timer);
  };
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const original = globalThis[name] as unknown as (...args: unknown[]) => NodeJS.Timeout;
    const recording = (...args: unknown[]) => {
      if (started.size >= 1_000) prune();
      const timer = original(...args);
      started.add(timer);
      return timer;
    };
    // util.promisify finds its own form of setTimeout in a property.
    Object.defineProperties(recording, Object.getOwnPropertyDescriptors(original));
    Object.defineProperty(globalThis, name, { value: recording, writable: true, configurable: true });
  }
  return {
    running: () => {
      prune();
      return started.size;
    },
  };
}

function isRunning(timer: NodeJS.Timeout): boolean {
  // Node tells only here that a timer fired or was cleared.
  return timer.hasRef() && Reflect.get(timer, '_destroyed') !== true;
}

function census(): Census {
  const counts = new Map<string, number>([
    ['Worker', workers.size],
    ['Timeout', timers.running()],
  ]);
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** What `now` has more of than `before`, as `2 × Timeout`. */
function excess(now: Census, before: Census): string[] {
  const left: string[] = [];
  for (const [name, count] of now) {
    const more = count - (before.get(name) ?? 0);
    if (more > 0) left.push(`${more} × ${name}`);
  }
  return left;
}

async function leftBehind(before: Census): Promise<string[]> {
  // Node announces a new Worker on the next tick.
  await new Promise(setImmediate);
  const deadline = performance.now() + GRACE_MS;
  let left = excess(census(), before);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => pause(resolve, POLL_MS));
    left = excess(census(), before);
  }
  return left;
}

// Libraries that import node:process name every standard stream, and Node opens each when it is first named.
for (const stream of ['stdin', 'stdout', 'stderr']) Reflect.get(process, stream);
const beforeFile = census();
let beforeTest: Census = beforeFile;
let fileHoldsResources = false;
let reported = false;

beforeEach(() => {
  beforeTest = census();
  if (excess(beforeTest, beforeFile).length > 0) fileHoldsResources = true;
});

afterEach(async () => {
  if (fileHoldsResources) return;
  const left = await leftBehind(beforeTest);
  reported ||= left.length > 0;
  expect(left, 'this test left handles open').toEqual([]);
});

afterAll(async () => {
  if (reported) return;
  expect(await leftBehind(beforeFile), 'this file left handles open').toEqual([]);
});
