import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { StormClient } from '../../bench/load/storm-client.ts';
import { CLOSE_TOGETHER_MS, mostTogether } from '../../bench/load/storm-run.ts';

interface Request {
  readonly type: string;
  readonly ref: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A server of the wire that refuses the first `refusals` upgrades and answers requests as the test says. */
async function scripted(answer: (request: Request, peer: WebSocket) => void, refusals = 0): Promise<number> {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new WebSocketServer({ noServer: true });
  let left = refusals;
  http.on('upgrade', (request, socket, head) => {
    if (left > 0) {
      left -= 1;
      socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, socket, head, (peer) => {
      peer.on('message', (data: Buffer) => answer(JSON.parse(data.toString()) as Request, peer));
    });
  });
  cleanUps.push(async () => {
    for (const peer of server.clients) peer.terminate();
    http.close();
    await once(http, 'close');
  });
  return (http.address() as AddressInfo).port;
}

function events(from: number, to: number): object[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    type: 'message:created',
    channelId: 'c',
    seq: from + i,
  }));
}

function joined(data: object): string {
  return JSON.stringify({
    type: 'channel:joined',
    ref: 'join',
    channelId: 'c',
    data: { epoch: 'e', recovered: null, hasMore: false, ...data, members: [], memberCount: 1 },
  });
}

const WELCOME = JSON.stringify({ type: 'welcome', data: {} });

interface Ended {
  readonly events?: readonly { readonly seq: number }[];
  readonly failed?: string;
}

function client(port: number): { client: StormClient; end: () => Promise<Ended>; live: number[] } {
  let told: (ended: Ended) => void = () => undefined;
  const live: number[] = [];
  const storming = new StormClient(
    { port, token: 'a-token', channelId: 'c' },
    {
      complete: (_, inside) => {
        told({ events: JSON.parse(`[${inside.toString()}]`) as { seq: number }[] });
      },
      failed: (_, why) => told({ failed: why }),
      live: (_, seq) => live.push(seq),
    },
    () => 0,
  );
  cleanUps.unshift(async () => storming.cut());
  return { client: storming, live, end: async () => new Promise((resolve) => (told = resolve)) };
}

describe('a client of a storm', () => {
  it('[BENCH-12] says hello with its token, joins when it is welcomed, and comes back with its place', async () => {
    const asked: Request[] = [];
    const port = await scripted((request, peer) => {
      asked.push(request);
      if (request.type === 'hello') peer.send(WELCOME);
      else if (asked.length === 2) peer.send(joined({ seq: 60, hasMore: true, events: events(11, 60) }));
      else peer.send(joined({ seq: 62, recovered: true, events: events(61, 62) }));
    });
    const { client: storming, end } = client(port);
    storming.come();
    expect((await end()).events).toHaveLength(50);
    expect(storming.place).toEqual({ epoch: 'e', seq: 60 });
    storming.cut();
    storming.come();
    expect((await end()).events?.map(({ seq }) => seq)).toEqual([61, 62]);
    expect(asked.map(({ type }) => type)).toEqual(['hello', 'channel:join', 'hello', 'channel:join']);
    expect(asked[0]?.data).toEqual({ token: 'a-token' });
    expect(asked[3]?.data).toEqual({ recover: { epoch: 'e', seq: 60 } });
    expect(storming.retries).toBe(0);
  });

  it('[BENCH-12] comes back after a delay of its own, as the SDK does when its connection broke', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const connecting = vi.fn();
      const nothing = () => undefined;
      const listener = { complete: nothing, failed: nothing, live: nothing, connecting };
      const storming = new StormClient({ port: 1, token: 't', channelId: 'c' }, listener, () => 0.5);
      storming.comeBack();
      vi.advanceTimersByTime(124);
      expect(connecting).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(connecting).toHaveBeenCalledTimes(1);
      storming.cut();
    } finally {
      vi.useRealTimers();
    }
  });

  it('[BENCH-12] goes on page by page to the end of what it missed', async () => {
    let joins = 0;
    const port = await scripted(({ type, data }, peer) => {
      if (type === 'hello') peer.send(WELCOME);
      else if (type === 'channel:join') {
        joins += 1;
        const first = joins === 1;
        peer.send(
          first
            ? joined({ seq: 0, events: [] })
            : joined({ seq: 5, recovered: true, hasMore: true, events: events(1, 2) }),
        );
      } else {
        const after = Number(data['afterSeq']);
        const page = { events: events(after + 1, Math.min(5, after + 2)), hasMore: after + 2 < 5 };
        peer.send(JSON.stringify({ type: 'history', ref: 'page', data: page }));
      }
    });
    const { client: storming, end } = client(port);
    storming.come();
    await end();
    storming.cut();
    storming.come();
    expect((await end()).events?.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('[BENCH-12] tries again what is refused for the moment, however it is refused, and counts it', async () => {
    const refusals = [
      { type: 'error', ref: 'hello', data: { code: 'unavailable', message: '', retryAfterMs: 1 } },
      { type: 'error', ref: 'join', data: { code: 'overloaded', message: '', retryAfterMs: 1 } },
      { type: 'route:restarted', data: { channels: ['c'], inbox: false } },
    ];
    let closes = 1;
    const port = await scripted(({ type }, peer) => {
      const [next] = refusals;
      if (closes > 0) {
        closes -= 1;
        peer.close(4100, 'overloaded');
      } else if (next !== undefined && (next.ref === 'hello') === (type === 'hello')) {
        refusals.shift();
        peer.send(JSON.stringify(next));
      } else if (type === 'hello') peer.send(WELCOME);
      else peer.send(joined({ seq: 1, events: events(1, 1) }));
    }, 1);
    const { client: storming, end } = client(port);
    storming.come();
    expect((await end()).events).toHaveLength(1);
    expect(storming.retries).toBe(5);
  });

  it('[BENCH-12] fails with the reason where another try would end the same', async () => {
    const failures: [string, (request: Request, peer: WebSocket) => void][] = [
      ['closed with 4001 unauthorized', (_, peer) => peer.close(4001, 'unauthorized')],
      [
        'join was refused: forbidden',
        ({ type }, peer) =>
          peer.send(
            type === 'hello'
              ? WELCOME
              : JSON.stringify({ type: 'error', ref: 'join', data: { code: 'forbidden', message: 'no' } }),
          ),
      ],
    ];
    for (const [why, answer] of failures) {
      const { client: storming, end } = client(await scripted(answer));
      storming.come();
      expect(await end()).toEqual({ failed: why });
    }
  });

  it('[BENCH-12] fails when it is not recovered, and when it is cut off after its page', async () => {
    const peers: WebSocket[] = [];
    const port = await scripted(({ type, data }, peer) => {
      peers.push(peer);
      if (type === 'hello') peer.send(WELCOME);
      else if (data['recover'] === undefined) peer.send(joined({ seq: 3, events: events(1, 3) }));
      else peer.send(joined({ seq: 9, recovered: false, events: events(8, 9) }));
    });
    const { client: storming, end, live } = client(port);
    storming.come();
    await end();
    storming.cut();
    storming.come();
    expect(await end()).toEqual({ failed: 'not recovered from 3' });
    const other = client(port);
    other.client.come();
    await other.end();
    const gone = other.end();
    peers.at(-1)?.send(JSON.stringify({ type: 'message:created', channelId: 'c', seq: 4 }));
    peers.at(-1)?.close(4201, 'too slow');
    expect(await gone).toEqual({ failed: 'closed with 4201 too slow when it was in' });
    expect([live, other.live]).toEqual([[], [4]]);
  });
});

describe('tries of a storm', () => {
  it('[BENCH-12] are counted where most of them are close together', () => {
    expect(mostTogether([])).toBe(0);
    expect(mostTogether([5])).toBe(1);
    expect(mostTogether([0, CLOSE_TOGETHER_MS, 2 * CLOSE_TOGETHER_MS])).toBe(1);
    const cluster = [200, 210, 220, 200 + CLOSE_TOGETHER_MS - 1];
    expect(mostTogether([0, 10, ...cluster, 200 + CLOSE_TOGETHER_MS, 400])).toBe(4);
  });
});
