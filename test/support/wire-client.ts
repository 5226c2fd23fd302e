/**
 * A client of the wire contract with nothing of the SDK in it: it sends what it is told, keeps what comes, and hands
 * frames out by their shape.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { noteSecrets } from './used-secrets.ts';

/** What frames carry in `data`; which of it a frame has, the test that asks for the frame knows. */
export interface FrameData {
  readonly id: string;
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
  readonly content: string;
  readonly author: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string };
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly epoch: string;
  readonly recovered: boolean | null;
  readonly hasMore: boolean;
  readonly next?: string;
  readonly events: readonly Frame[];
  readonly members: readonly { readonly id: string; readonly name: string }[];
  readonly memberCount: number;
  readonly count: number;
  readonly items: readonly { readonly id: string }[];
  readonly channels: readonly string[];
  readonly inbox: boolean;
  readonly delivered: boolean;
  readonly unread: number;
  readonly from: { readonly id: string; readonly name: string };
  readonly to: { readonly id: string; readonly name: string };
}

/** One frame from the server. */
export interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly seq?: number;
  readonly timestamp?: number;
  readonly data: FrameData;
}

/** `data` of `welcome`. */
export interface Welcome {
  readonly protocol: number;
  readonly connectionId: string;
  readonly server: { readonly id: string; readonly name: string };
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly guest: boolean;
    readonly roles: readonly string[];
  };
  readonly guestToken?: string;
  readonly heartbeatMs: number;
  readonly channels?: readonly { readonly id: string; readonly name: string; readonly private: boolean }[];
  readonly inbox?: InboxStanding;
}

/** Where an inbox stands. */
export interface InboxStanding {
  readonly epoch: string;
  readonly seq: number;
  readonly unread: number;
  readonly conversations: readonly {
    readonly with: string;
    readonly lastSeq: number;
    readonly unread: number;
    readonly delivered: number;
    readonly read: number;
  }[];
}

/** How a connection ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** How to open one. */
export interface WireOptions {
  /** Behind `?`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** The answer to an upgrade that was refused. */
export interface Refusal {
  readonly status: number;
  readonly type: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

type Match = (frame: Frame) => boolean;

interface Waiter {
  readonly match: Match;
  readonly resolve: (frame: Frame) => void;
  readonly fail: (reason: string) => void;
}

/** Longest wait for a frame, ms. Generous: other work shares the cores. */
const PATIENCE_MS = 15_000;

const open = new Set<WireClient>();

/** Ends what tests left open; for `afterEach`. */
export async function closeWireClients(): Promise<void> {
  await Promise.all([...open].map((client) => client.close()));
}

export class WireClient {
  /** Every frame that came, in order. */
  readonly frames: Frame[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Closing>;
  readonly socket: WebSocket;
  #welcome: Welcome | null = null;
  #untaken: Frame[] = [];
  #waiters: Waiter[] = [];
  #nextRef = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    open.add(this);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        open.delete(this);
        resolve({ code, reason: reason.toString() });
        for (const waiter of this.#waiters) waiter.fail(`the connection ended with ${code}`);
        this.#waiters = [];
      });
    });
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => {
      const frame = JSON.parse(bytes.toString('utf8')) as Frame;
      if (frame.type === 'welcome') noteSecrets(bytes.toString('utf8'));
      this.#take(frame);
    });
  }

  /** Opens a socket and says nothing. Rejects when the upgrade is refused. */
  static async connect(server: string, options: WireOptions = {}): Promise<WireClient> {
    const socket = new WebSocket(address(server, options), { headers: { ...options.headers } });
    const client = new WireClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** A guest that has been welcomed. */
  static async guest(server: string, name?: string, hello: object = {}): Promise<WireClient> {
    const client = await WireClient.connect(server);
    client.send({ type: 'hello', data: { ...(name === undefined ? {} : { name }), ...hello } });
    await client.welcomed();
    return client;
  }

  /** Where the inbox stood, from `welcome` or, where the store was slow, from what followed it. */
  async inbox(): Promise<InboxStanding> {
    return this.#greeting().inbox ?? ((await this.next('inbox:state')).data as unknown as InboxStanding);
  }

  /** Who it is, after `welcome`. */
  get user(): Welcome['user'] {
    return this.#greeting().user;
  }

  get guestToken(): string {
    return this.#greeting().guestToken!;
  }

  /** Waits for `welcome`. */
  async welcomed(): Promise<Welcome> {
    const frame = await this.next('welcome');
    this.#welcome = frame.data as unknown as Welcome;
    return this.#welcome;
  }

  /** Sends an object as JSON, or text or bytes as they are. */
  send(frame: object | string): void {
    const text = typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame);
    noteSecrets(text.toString());
    this.socket.send(text);
  }

  /** Sends with a new `ref` and resolves with the answer, an `error` included. */
  async request(type: string, channelId?: string, data?: unknown): Promise<Frame> {
    const ref = `r${this.#nextRef}`;
    this.#nextRef += 1;
    this.send({
      type,
      ref,
      ...(channelId === undefined ? {} : { channelId }),
      ...(data === undefined ? {} : { data }),
    });
    return this.next((frame) => frame.ref === ref, `the answer to ${type}`);
  }

  /** Joins; rejects when that is refused. */
  async join(channelId: string, data?: object): Promise<Frame> {
    const answer = await this.request('channel:join', channelId, data);
    if (answer.type !== 'channel:joined') throw new Error(`join: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Sends a message and resolves with its `seq`; rejects when it is refused. */
  async say(channelId: string, content: string, more: object = {}): Promise<number> {
    const answer = await this.request('message:send', channelId, { content, ...more });
    if (answer.type !== 'ack') throw new Error(`send: ${JSON.stringify(answer)}`);
    return answer.data.seq;
  }

  /** The first frame, come or still to come, that fits and that nobody took yet; rejects when none can come. */
  next(match: string | Match, what = typeof match === 'string' ? match : 'a frame'): Promise<Frame> {
    const fits: Match = typeof match === 'string' ? (frame) => frame.type === match : match;
    const index = this.#untaken.findIndex(fits);
    const [found] = index < 0 ? [] : this.#untaken.splice(index, 1);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        const seen = this.frames.slice(-10).map((frame) => JSON.stringify(frame).slice(0, 300));
        reject(new Error(`${what} did not come: ${reason}; the last frames were\n${seen.join('\n')}`));
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        fail('time is over');
      }, PATIENCE_MS);
      const waiter: Waiter = {
        match: fits,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
        fail,
      };
      if (this.socket.readyState === WebSocket.CLOSED) fail('the connection has ended');
      else this.#waiters.push(waiter);
    });
  }

  /** The live event with this `seq`. */
  event(channelId: string, seq: number): Promise<Frame> {
    return this.next(
      (frame) => frame.channelId === channelId && frame.seq === seq,
      `event ${seq} of ${channelId}`,
    );
  }

  /** Frames of these types so far. */
  seen(...types: readonly string[]): Frame[] {
    return this.frames.filter(({ type }) => types.includes(type));
  }

  /** `seq` of the channel's live durable events so far, in the order in which they came. */
  liveSeqs(channelId: string): number[] {
    return this.frames.flatMap((frame) =>
      frame.channelId === channelId && frame.seq !== undefined ? frame.seq : [],
    );
  }

  /** Closes as a client does; resolves when the connection has ended. */
  async close(): Promise<Closing> {
    this.socket.resume();
    if (this.socket.readyState === WebSocket.OPEN) this.socket.close(1000);
    else this.socket.terminate();
    return this.closed;
  }

  /** Cuts the connection, as a network does that is gone. */
  async cut(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  #greeting(): Welcome {
    if (this.#welcome === null) throw new Error('not welcomed yet');
    return this.#welcome;
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    const waiter = this.#waiters.find(({ match }) => match(frame));
    if (waiter === undefined) {
      this.#untaken.push(frame);
      return;
    }
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.resolve(frame);
  }
}

/** Tries to upgrade and resolves with the refusal; rejects when the socket opens. */
export function refusedUpgrade(server: string, options: WireOptions = {}): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address(server, options), { headers: { ...options.headers } });
    socket.on('error', reject);
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was not refused'));
    });
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        const { 'content-type': type, 'retry-after': retryAfter } = response.headers;
        resolve({ status: response.statusCode ?? 0, type, retryAfter, body });
      });
    });
  });
}

/** 1 … n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}

function address(server: string, { query, path = '/ws' }: WireOptions): string {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  return `${server.replace(/^http/, 'ws')}${path}${search}`;
}
