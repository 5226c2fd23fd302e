import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFigures } from '../../web/dashboard/state/live-figures.ts';

/** A socket whose other end the test is. */
class FakeSocket {
  static readonly opened: FakeSocket[] = [];
  readonly sent: string[] = [];
  isClosed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push((JSON.parse(text) as { type: string }).type);
  }

  close(): void {
    this.isClosed = true;
  }

  tell(type: string, data: object): void {
    this.onmessage?.({ data: JSON.stringify({ type, data }) });
  }
}

const POINT = { at: 1, connections: 2 };
const SNAPSHOT = { part: 1, parts: 1, history: [POINT], shards: [{ shard: 0 }], gateways: [] };
const MOMENT = { point: POINT, shards: [{ shard: 0 }], gateways: [], errorsByCode: {} };

let live: LiveFigures;
let tokens = 0;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.opened.length = 0;
  tokens = 0;
  live = new LiveFigures({
    url: 'ws://chat.test/ws',
    token: async () => `token ${(tokens += 1)}`,
    schedule: (flush) => flush(),
  });
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const state = () => live.figures.value.state;
const newest = (): FakeSocket => FakeSocket.opened.at(-1)!;

/** A connection that was let in and is told. */
async function goLive(): Promise<FakeSocket> {
  await vi.advanceTimersByTimeAsync(0);
  const socket = newest();
  socket.onopen?.();
  socket.tell('welcome', {});
  socket.tell('analytics:snapshot', SNAPSHOT);
  expect(socket.sent).toEqual(['hello', 'analytics:subscribe']);
  return socket;
}

describe('live figures of the overview', () => {
  it('[DASH-30] come again, with a new token, when the server was away; what was known stays meanwhile', async () => {
    live.open();
    const first = await goLive();
    first.tell('analytics:update', MOMENT);
    expect([state(), live.figures.value.points.length]).toEqual(['live', 2]);
    first.onclose?.();
    expect([state(), live.figures.value.points.length]).toEqual(['connecting', 2]);
    // It isn't there yet: each try comes later than the one before.
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      const tries = FakeSocket.opened.length;
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeSocket.opened).toHaveLength(tries + 1);
      newest().onclose?.();
    }
    await vi.advanceTimersByTimeAsync(15_000);
    await goLive();
    expect([state(), live.figures.value.points.length]).toEqual(['live', 1]);
    expect(tokens).toBe(FakeSocket.opened.length);
    newest().onclose?.();
    await vi.advanceTimersByTimeAsync(1_000);
    await goLive();
    expect(state()).toBe('live');
  });

  it('[DASH-30] a socket on which nothing is heard any more is another one’s turn', async () => {
    live.open();
    const first = await goLive();
    for (let second = 0; second < 30; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      first.tell('analytics:update', MOMENT);
    }
    expect(FakeSocket.opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([state(), first.isClosed]).toEqual(['connecting', true]);
    await vi.advanceTimersByTimeAsync(1_000);
    await goLive();
    // The old one ends at last, and says something: it is nobody's.
    first.tell('analytics:update', MOMENT);
    first.onclose?.();
    expect([state(), live.figures.value.points.length]).toEqual(['live', 1]);
  });

  it('[DASH-16] nothing comes when nobody looks', async () => {
    live.open();
    const first = await goLive();
    live.close();
    expect(first.isClosed).toBe(true);
    first.onclose?.();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.opened).toHaveLength(1);
  });
});
