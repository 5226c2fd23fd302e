/**
 * What is alive in this process: Workers, MessagePorts, timers, servers, sockets, pipes, child processes. Handles that
 * were unref'd don't count, except Workers, which always do. A process that runs several test files one after the other
 * loads this once, so that it watches once.
 */
import type { Worker } from 'node:worker_threads';

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

/** How many there are, by name. */
export type Census = ReadonlyMap<string, number>;

/** As Node made them: what waits for handles to close is no timer of a test. */
export const { setTimeout: unwatchedTimeout, setImmediate: unwatchedImmediate } = globalThis;

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

/** What is alive now. */
export function census(): Census {
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
export function excess(now: Census, before: Census): string[] {
  const left: string[] = [];
  for (const [name, count] of now) {
    const more = count - (before.get(name) ?? 0);
    if (more > 0) left.push(`${more} × ${name}`);
  }
  return left;
}
