/** A ChatClient whose server, clock and luck are the test's. */
import { ChatClient } from '../../src/client/chat-client.ts';
import type { ChatOptions } from '../../src/client/chat-options.ts';
import type { ClientEvents } from '../../src/client/client-events.ts';
import { type FakeSocket, fakeSockets } from './fake-socket.ts';
import { FakeTimers, settled } from './fake-timers.ts';

export const ADA = { id: 'u-ada', name: 'ada' };
export const BOB = { id: 'u-bob', name: 'bob' };

export const WELCOME = {
  protocol: 1,
  connectionId: 'c1',
  server: { id: 's1', name: 'Hubbub' },
  user: { ...ADA, guest: true, roles: ['guest'] },
  heartbeatMs: 25_000,
};

const NAMES = [
  'state',
  'welcome',
  'user:updated',
  'channels',
  'joined',
  'message',
  'event',
  'gap',
  'typing',
  'presence',
  'outbox',
  'unread',
  'closed',
  'error',
  'frame',
] as const satisfies readonly (keyof ClientEvents)[];

export class ScriptedChat {
  readonly timers = new FakeTimers();
  readonly sockets: FakeSocket[];
  readonly chat: ChatClient;
  /** What listeners were told, in order. */
  readonly told: { readonly event: keyof ClientEvents; readonly payload: unknown }[] = [];
  /** What `random` gives; tests change it. */
  luck = 0.5;
  #ids = 0;

  constructor(options: Partial<ChatOptions> = {}) {
    const { socketClass, sockets } = fakeSockets();
    this.sockets = sockets;
    this.chat = new ChatClient({
      url: 'http://chat.test',
      webSocket: socketClass,
      timers: this.timers,
      random: () => this.luck,
      newId: () => `m${(this.#ids += 1)}`,
      ...options,
    });
    for (const event of NAMES) this.chat.on(event, (payload) => this.told.push({ event, payload }));
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket yet');
    return socket;
  }

  /** The payloads of one event so far. */
  payloads<K extends keyof ClientEvents>(event: K): ClientEvents[K][] {
    return this.told.filter((one) => one.event === event).map((one) => one.payload as ClientEvents[K]);
  }

  /** Places that were told by `event`, in order. */
  get places(): number[] {
    return this.payloads('event').map((event) => event.seq);
  }

  /** Lets the newest socket open and welcomes it. */
  async welcome(data: object = {}): Promise<void> {
    await settled();
    this.socket.open();
    this.socket.deliver({ type: 'welcome', timestamp: 0, data: { ...WELCOME, ...data } });
    await settled();
  }

  /** Connects for the first time. */
  async online(data: object = {}): Promise<void> {
    const connected = this.chat.connect();
    await this.welcome(data);
    await connected;
  }

  /** Lets the delay pass after which the client tries again. */
  async retry(): Promise<void> {
    await settled();
    const retryInMs = this.payloads('closed').at(-1)?.retryInMs;
    if (retryInMs === undefined || retryInMs === null) throw new Error('the client does not try again');
    await this.timers.advance(retryInMs);
  }

  /** Breaks the connection and lets the client have another one. */
  async reconnect(): Promise<void> {
    this.socket.drop();
    await this.retry();
    await this.welcome();
  }

  /** Joins `channelId`, where the log holds messages 1 to `head`. */
  async joined(channelId = 'general', head = 0): Promise<void> {
    const joined = this.chat.join(channelId);
    this.answerJoin(channelId, messages(channelId, 1, head), { seq: head });
    await joined;
  }

  /** Answers the newest join. */
  answerJoin(channelId: string, events: readonly object[], data: object = {}): void {
    const { ref } = this.socket.last('channel:join');
    const answer = { epoch: 'e1', seq: 0, recovered: null, hasMore: false, members: [ADA], memberCount: 1 };
    this.socket.deliver({
      type: 'channel:joined',
      ref,
      channelId,
      timestamp: 0,
      data: { ...answer, ...data, events },
    });
  }
}

/** A message as it stands on the wire. */
export function message(channelId: string, seq: number, author = BOB): Record<string, unknown> {
  const data = { id: `id-${seq}`, content: `text ${seq}`, author };
  return { type: 'message:created', channelId, seq, timestamp: seq, data };
}

/** Messages `from` to `to`, both included. */
export function messages(channelId: string, from: number, to: number): Record<string, unknown>[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => message(channelId, from + i));
}
