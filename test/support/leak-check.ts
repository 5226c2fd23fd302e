/**
 * Fails the test that leaves a Worker, a MessagePort, a timer, a server, a socket, a pipe or a child process behind.
 *
 * What a file makes in `beforeAll` (or while it loads) lives longer than a test: then a lazily filled pool or a
 * server's timers can't be told from a leak, so such a file is held against the state before it, once, at its end.
 */
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { type Census, census, excess, unwatchedImmediate, unwatchedTimeout } from './open-handles.ts';

/** Closing is asynchronous in Node: so many ms pass before what is still there counts as left behind. */
const GRACE_MS = 2_000;
const POLL_MS = 10;

async function leftBehind(before: Census): Promise<string[]> {
  // Node announces a new Worker on the next tick.
  await new Promise(unwatchedImmediate);
  const deadline = performance.now() + GRACE_MS;
  let left = excess(census(), before);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => unwatchedTimeout(resolve, POLL_MS));
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
