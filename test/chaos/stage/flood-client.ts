/** A client of a flood: it sends without waiting for answers, and again what is refused for the moment. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { readFailure } from '../../../src/client/chat-error.ts';
import type { Sent } from '../../../src/client/outbox.ts';
import type { Failure } from '../../../src/protocol/errors.ts';

/** A refusal that names no delay, ms. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** A message, and its number in the history. */
export interface FloodMessage {
  readonly operation: number;
  readonly channelId: string;
  readonly clientMessageId: string;
  readonly content: string;
}

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly data?: unknown;
}

/** What one client tells. */
export interface FloodClientEvents {
  acknowledged(message: FloodMessage, sent: Sent): void;
  refused(failure: Failure): void;
  answeredAfter(ms: number): void;
  /** An answer came to no open question. */
  unasked(): void;
  ended(): void;
}

/** See the head of the file. */
export class FloodClient {
  readonly channelId: string;
  readonly #socket: WebSocket;
  readonly #events: FloodClientEvents;
  readonly #open = new Map<string, { readonly message: FloodMessage; readonly at: number }>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #userId = '';
  #nextRef = 1;
  #closing = false;

  constructor(channelId: string, url: string, events: FloodClientEvents) {
    this.channelId = channelId;
    this.#events = events;
    this.#socket = new WebSocket(url);
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      if (!this.#closing) events.ended();
    });
  }

  get userId(): string {
    return this.#userId;
  }

  async join(): Promise<void> {
    await once(this.#socket, 'open');
    this.#socket.send(JSON.stringify({ type: 'hello', data: {} }));
    const welcome = (await this.#next('welcome')).data as { readonly user: { readonly id: string } };
    this.#userId = welcome.user.id;
    this.#socket.send(JSON.stringify({ type: 'channel:join', ref: 'join', channelId: this.channelId }));
    await this.#next('channel:joined');
    this.#socket.on('message', (bytes: Buffer) => this.#take(parsed(bytes)));
  }

  send(message: FloodMessage): void {
    const { channelId, clientMessageId, content } = message;
    const ref = String(this.#nextRef);
    this.#nextRef += 1;
    this.#open.set(ref, { message, at: performance.now() });
    const frame = { type: 'message:send', ref, channelId, data: { content, clientMessageId } };
    this.#socket.send(JSON.stringify(frame));
  }

  longestWaitMs(): number {
    // In the order of sending.
    const [oldest] = this.#open.values();
    return oldest === undefined ? 0 : performance.now() - oldest.at;
  }

  close(): void {
    this.#closing = true;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#socket.terminate();
  }

  #take({ type, ref, data }: Frame): void {
    if (ref === undefined) return;
    const asked = this.#open.get(ref);
    this.#open.delete(ref);
    if (asked === undefined) {
      this.#events.unasked();
      return;
    }
    this.#events.answeredAfter(performance.now() - asked.at);
    if (type === 'ack') {
      this.#events.acknowledged(asked.message, data as Sent);
      return;
    }
    const failure = readFailure(data);
    this.#events.refused(failure);
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.send(asked.message);
    }, failure.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS);
    this.#retries.add(timer);
  }

  async #next(type: string): Promise<Frame> {
    for (;;) {
      const [bytes] = (await once(this.#socket, 'message')) as [Buffer];
      const frame = parsed(bytes);
      if (frame.type === type) return frame;
      if (frame.type === 'error') throw new Error(`no ${type}: ${JSON.stringify(frame.data)}`);
    }
  }
}

function parsed(bytes: Buffer): Frame {
  return JSON.parse(bytes.toString('utf8')) as Frame;
}
