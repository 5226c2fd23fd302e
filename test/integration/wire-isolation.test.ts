/** Many who come and go, without a pause, in channels where everyone writes as fast as they can. */
import { once } from 'node:events';
import WebSocket from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const CHANNELS = 6;
const VISITORS = 32;
const STEPS = 60;
/** Messages that a writer has on their way. */
const AHEAD = 12;

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

interface Told {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly seq?: number;
  readonly data?: { readonly seq?: number; readonly code?: string };
}

/** Where somebody stands in a channel: on the way in, in up to an event, or on the way out. */
interface Place {
  state: 'joining' | 'in' | 'leaving';
  seq: number;
}

/** Looks at every frame of one connection, as it comes, for what doesn't belong there. */
class Watcher {
  readonly violations: string[] = [];
  readonly places = new Map<string, Place>();
  events = 0;
  readonly #socket: WebSocket;
  readonly #answers = new Map<string, (told: Told) => void>();
  #lastRef = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => {
      this.#look(bytes.toString('utf8'));
    });
    socket.once('close', () => {
      for (const answer of this.#answers.values()) answer({ type: 'closed' });
    });
  }

  static async open(url: string): Promise<Watcher> {
    const socket = new WebSocket(`${url.replace(/^http/u, 'ws')}/ws`);
    const watcher = new Watcher(socket);
    await once(socket, 'open');
    await watcher.ask('hello', undefined, {});
    return watcher;
  }

  /** Sends a request and resolves with its answer. */
  async ask(type: string, channelId?: string, data?: object): Promise<Told> {
    const ref = `${(this.#lastRef += 1)}`;
    const answered = new Promise<Told>((resolve) => this.#answers.set(ref, resolve));
    this.#socket.send(JSON.stringify({ type, ref, channelId, data }));
    const told = await answered;
    this.#answers.delete(ref);
    return told;
  }

  async join(channelId: string): Promise<void> {
    this.places.set(channelId, { state: 'joining', seq: 0 });
    await this.ask('channel:join', channelId, { limit: 1 });
  }

  async leave(channelId: string): Promise<void> {
    const place = this.places.get(channelId);
    if (place !== undefined) place.state = 'leaving';
    await this.ask('channel:leave', channelId);
  }

  async cut(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.terminate();
    await closed;
  }

  #look(text: string): void {
    const told = JSON.parse(text) as Told;
    const { type, ref, channelId = '' } = told;
    if (ref !== undefined) {
      const place = this.places.get(channelId);
      // At once, so that the next frame is held against it.
      if (type === 'channel:joined' && place !== undefined)
        Object.assign(place, { state: 'in', seq: told.data?.seq });
      if (type === 'ack' && place?.state === 'leaving' && told.data?.seq === undefined)
        this.places.delete(channelId);
      this.#answers.get(ref)?.(told);
      return;
    }
    this.events += 1;
    // What there is to join, which welcome didn't wait for.
    if (type === 'channels') return;
    // Not only by its address: no byte of the text may be of another channel.
    for (const [mentioned] of text.matchAll(/isolated-\d/gu)) {
      const place = this.places.get(mentioned);
      if (place === undefined || place.state === 'joining') this.violations.push(text);
    }
    const place = this.places.get(channelId);
    if (told.seq === undefined || place === undefined) return;
    if (told.seq !== place.seq + 1) this.violations.push(`${told.seq} after ${place.seq}: ${text}`);
    place.seq = told.seq;
  }
}

const channelNamed = (index: number) => `isolated-${index}`;

/** Numbers from 0 to below `bound`, the same for the same seed. */
function dice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

async function write(watcher: Watcher, channelId: string, isOver: () => boolean): Promise<void> {
  const voices = Array.from({ length: AHEAD }, async () => {
    while (!isOver()) await watcher.ask('message:send', channelId, { content: `of ${channelId}` });
  });
  await Promise.all(voices);
}

/** One who joins, leaves, types, writes and breaks off, in no order; returns what was seen that should not have been. */
async function visit(url: string, roll: (bound: number) => number) {
  const seen = { violations: [] as string[], events: 0 };
  let watcher = await Watcher.open(url);
  const note = () => {
    seen.violations.push(...watcher.violations);
    seen.events += watcher.events;
  };
  for (let step = 0; step < STEPS; step += 1) {
    const channelId = channelNamed(roll(CHANNELS));
    const isIn = watcher.places.has(channelId);
    const what = roll(10);
    if (what === 0) {
      await watcher.cut();
      note();
      watcher = await Watcher.open(url);
    } else if (!isIn) {
      await watcher.join(channelId);
    } else if (what < 6) {
      await watcher.leave(channelId);
    } else if (what < 8) {
      await watcher.ask('message:send', channelId, { content: `of ${channelId}` });
    } else {
      await watcher.ask('typing:start', channelId);
    }
  }
  await watcher.cut();
  note();
  return seen;
}

describe('isolation', () => {
  it('[CHAN-5] [CHAN-8] nobody gets a byte of a channel that they are not in, however fast they come and go at full load', async () => {
    const seed = Date.now() >>> 0;
    const writers = await Promise.all(
      Array.from({ length: CHANNELS }, async (_, index) => {
        const watcher = await Watcher.open(server.url);
        await watcher.join(channelNamed(index));
        return watcher;
      }),
    );
    let over = false;
    const writing = writers.map((writer, index) => write(writer, channelNamed(index), () => over));
    const visits = await Promise.all(
      Array.from({ length: VISITORS }, async (_, index) => visit(server.url, dice(seed + index * 7_919))),
    );
    over = true;
    await Promise.all(writing);
    for (const { violations } of [...visits, ...writers]) expect(violations, `seed ${seed}`).toEqual([]);
    for (const { events } of [...visits, ...writers]) expect(events).toBeGreaterThan(0);
    await Promise.all(writers.map((writer) => writer.cut()));
  });
});
