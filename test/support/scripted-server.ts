/**
 * A small chat server that does what a test says: for what a real one does only in bad moments. It serves a built
 * page and speaks as much of the wire as the page needs.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import type { UserRef } from '../../src/protocol/entities.ts';
import type { Failure } from '../../src/protocol/errors.ts';
import type { DurableEvent } from '../../src/protocol/events.ts';
import { ScriptedInboxes } from './scripted-inbox.ts';

/** What the page's frames may carry. */
export interface ReceivedFrame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly data?: {
    readonly name?: string;
    readonly guestToken?: string;
    readonly recover?: { readonly seq: number };
    readonly beforeSeq?: number;
    readonly afterSeq?: number;
    readonly content?: string;
    readonly clientMessageId?: string;
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
    readonly id?: string;
    readonly seq?: number;
    readonly to?: Partial<UserRef>;
    readonly with?: Partial<UserRef>;
    readonly user?: Partial<UserRef>;
    /** Who may whisper. */
    readonly from?: string;
  };
}

/** What becomes of a `message:send`: it is taken, refused, or gets no answer at all. */
export type SendOutcome = 'take' | 'ignore' | Failure;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const PAGE = 50;
const LISTED_MEMBERS = 100;
const TOKEN_PREFIX = 'token of ';
const START = Date.UTC(2026, 0, 5, 12);

/** See the head of the file. */
export class ScriptedServer {
  readonly url: string;
  /** Frames that came in, in order. */
  readonly received: ReceivedFrame[] = [];
  onSend: (frame: ReceivedFrame) => SendOutcome = () => 'take';
  /** Calls `answer` when a page of history may be answered, with a failure when it is to be refused. */
  onHistory: (frame: ReceivedFrame, answer: (failure?: Failure) => void) => void = (_frame, answer) =>
    answer();
  /** The picture of everyone who signs in. */
  avatar: string | undefined = undefined;
  /** JSON answers over HTTP, by path below `place`. */
  readonly answers = new Map<string, object>([
    ['discovery', { server_name: 'Scripted' }],
    ['oidc/issuers', { items: [] }],
  ]);
  /** The roles of everyone who signs in. */
  roles: readonly string[] = ['guest'];
  /** Who is present besides oneself, in every channel. */
  present: readonly { readonly id: string; readonly name: string }[] = [];
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #logs = new Map<string, DurableEvent[]>();
  /** Who is behind each socket. */
  readonly #users = new Map<WebSocket, UserRef>();
  readonly #inboxes = new ScriptedInboxes({
    tell: (userId, frame, except) => {
      for (const [socket, user] of this.#users) {
        if (user.id === userId && socket !== except) socket.send(JSON.stringify(frame));
      }
    },
    people: () => [...this.#users.values(), ...this.present],
    now: () => START,
  });

  private constructor(http: Server, place: string) {
    this.#http = http;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${place}`;
    this.#sockets = new WebSocketServer({ server: http, path: `${place}ws` });
    this.#sockets.on('connection', (socket) => {
      let name = 'guest';
      socket.on('message', (bytes: Buffer) => {
        const frame = JSON.parse(bytes.toString()) as ReceivedFrame;
        this.received.push(frame);
        if (frame.type === 'hello') {
          name = frame.data?.name ?? frame.data?.guestToken?.slice(TOKEN_PREFIX.length) ?? name;
          this.#users.set(socket, userOf(name));
        }
        this.#answer(socket, name, frame);
      });
      socket.on('close', () => this.#users.delete(socket));
    });
  }

  /** Starts on a free port and serves the page that was built into `folder`, below the path `place`. */
  static async start(folder: string, place = '/'): Promise<ScriptedServer> {
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const server = new ScriptedServer(http, place);
    http.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { pathname } = new URL(request.url ?? '/', 'http://server');
      const answer = server.answers.get(pathname.slice(place.length));
      if (answer === undefined) void serveFile(folder, place, request, response);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    return server;
  }

  /** Adds a message to a channel's log and tells everyone; `more`: what its data has beside the text. */
  say(channelId: string, author: string, content: string, more: object = {}): void {
    this.#append(channelId, author, content, more);
  }

  /** Writes a private message from one person to another, by their names. */
  whisper(from: string, to: string, content: string): void {
    this.#inboxes.send(userOf(from), userOf(to), content);
  }

  /** Closes every WebSocket. */
  disconnect(code: number, reason: string): void {
    for (const socket of this.#sockets.clients) socket.close(code, reason);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #answer(socket: WebSocket, name: string, frame: ReceivedFrame): void {
    const { type, channelId = '', data = {} } = frame;
    const reply = (replyType: string, replyData: object): void => {
      const { ref } = frame;
      socket.send(JSON.stringify({ type: replyType, ref, channelId, timestamp: START, data: replyData }));
    };
    const user = userOf(name);
    const outcome = type === 'whisper:send' ? this.onSend(frame) : 'take';
    if (outcome !== 'take') {
      if (outcome !== 'ignore') reply('error', outcome);
      return;
    }
    if (this.#inboxes.answer(user, frame, reply, socket)) return;
    switch (type) {
      case 'hello':
        reply('welcome', {
          protocol: 1,
          connectionId: 'c',
          server: { id: 's', name: 'Scripted' },
          user: { ...user, guest: true, roles: this.roles, avatar: this.avatar },
          guestToken: TOKEN_PREFIX + name,
          heartbeatMs: 25_000,
          inbox: this.#inboxes.summary(user.id),
        });
        return;
      case 'channel:list': {
        const { prefix = '', after = '', limit = PAGE } = data;
        const ids = [...this.#logs.keys()].filter((id) => id.startsWith(prefix) && id > after).sort();
        reply('channels', { items: ids.slice(0, limit).map(summary), hasMore: ids.length > limit });
        return;
      }
      case 'presence:get': {
        const { after = '', limit = PAGE } = data;
        const everyone = [user, ...this.present].sort((a, b) => (a.id < b.id ? -1 : 1));
        const rest = everyone.filter(({ id }) => id > after);
        reply('presence', {
          members: rest.slice(0, limit),
          count: everyone.length,
          hasMore: rest.length > limit,
        });
        return;
      }
      case 'channel:join': {
        const log = this.#log(channelId);
        const events = data.recover === undefined ? log.slice(-PAGE) : log.slice(data.recover.seq);
        const recovered = data.recover === undefined ? null : true;
        const everyone = [user, ...this.present];
        const present = { members: everyone.slice(0, LISTED_MEMBERS), memberCount: everyone.length };
        reply('channel:joined', {
          epoch: 'e',
          seq: log.length,
          recovered,
          hasMore: false,
          events,
          ...present,
        });
        return;
      }
      case 'history:get': {
        this.onHistory(frame, (failure) => {
          if (failure !== undefined) {
            reply('error', failure);
            return;
          }
          const { beforeSeq = Infinity, afterSeq, limit = PAGE } = data;
          const wanted = this.#log(channelId).filter(({ seq }) => seq < beforeSeq && seq > (afterSeq ?? 0));
          const events = afterSeq === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
          reply('history', { events, hasMore: wanted.length > limit });
        });
        return;
      }
      case 'message:send': {
        const answer = this.onSend(frame);
        if (answer === 'ignore') return;
        if (answer === 'take') {
          const { clientMessageId } = data;
          const more = clientMessageId === undefined ? {} : { clientMessageId };
          const event = this.#append(channelId, name, data.content ?? '', more);
          reply('ack', { id: event.data.id, seq: event.seq });
        } else {
          reply('error', answer);
        }
        return;
      }
      case 'read:set': {
        const { length: head } = this.#log(channelId);
        reply('ack', { seq: data.seq ?? head, head, unread: 0, mentions: 0 });
        return;
      }
      default:
        reply('ack', {});
    }
  }

  #append(channelId: string, name: string, content: string, more: object) {
    const log = this.#log(channelId);
    const seq = log.length + 1;
    const data = { id: `${channelId}-${seq}`, content, author: { id: `id-${name}`, name } };
    const event = {
      type: 'message:created' as const,
      channelId,
      seq,
      timestamp: START + seq * 1000,
      data: { ...data, ...more },
    };
    log.push(event);
    for (const socket of this.#sockets.clients) socket.send(JSON.stringify(event));
    return event;
  }

  #log(channelId: string): DurableEvent[] {
    const log = this.#logs.get(channelId) ?? [];
    this.#logs.set(channelId, log);
    return log;
  }
}

function userOf(name: string): UserRef {
  return { id: `id-${name}`, name };
}

function summary(id: string): object {
  return { id, name: id, private: false };
}

async function serveFile(
  folder: string,
  place: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://server');
  const file = pathname === place ? 'index.html' : pathname.slice(place.length);
  try {
    if (!pathname.startsWith(place)) throw new Error('outside');
    const bytes = await readFile(path.join(folder, path.normalize(file)));
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    // As the real server's: the page must do without what this forbids.
    response.setHeader(
      'content-security-policy',
      "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: https:",
    );
    response.end(bytes);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}
