/** WebSocket upgrades: who may open a socket, and the socket's events on their way to the gateway. */
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { AddressLimits } from '../cache/ports.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_FRAGMENTS, MAX_FRAME_BYTES } from '../protocol/limits.ts';
import { problemDocument, problemHeaders } from '../protocol/problem.ts';
import type { Connection, FrameSink } from './connection.ts';
import type { Gateway } from './gateway.ts';
import { handshakeProblem, type Refusal, type UpgradeTarget, upgradeTarget } from './handshake.ts';
import { RoomDialect } from './room-dialect.ts';
import type { Admitted } from './sessions.ts';

/** Reads from the network that one message may take: more than any honest client's, and a bound to what they cost. */
const MAX_CHUNKS = 4_096;
/** Pongs that a peer may leave unread before it is cut off: the limit of frames comes first for one that reads. */
const MAX_PENDING_PONGS = 1_024;
/** What the library closes with for a message in too many parts; the contract has no code but 1009 for it. */
const TOO_MANY_PARTS = 1008;
const TOO_LARGE = 1009;
/** A peer that doesn't answer our close frame is cut off after so long, ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** A WebSocket that knows its connection, so that one listener serves all of them. */
class ClientSocket extends WebSocket {
  connection: Connection | null = null;
  /** Of an older client. */
  dialect: RoomDialect | null = null;

  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === TOO_MANY_PARTS ? TOO_LARGE : code, reason);
  }
}

interface UntypedOptions {
  readonly closeTimeout: number;
  readonly maxPendingAutoPongs: number;
}

/** The library's defaults are no bounds for chat; some options are missing in its types. */
const SERVER_OPTIONS: ServerOptions<typeof ClientSocket> & UntypedOptions = {
  noServer: true,
  WebSocket: ClientSocket,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_CHUNKS,
  maxPendingAutoPongs: MAX_PENDING_PONGS,
  closeTimeout: CLOSE_TIMEOUT_MS,
};

/** What upgrades need. */
export interface UpgradeOptions {
  readonly gateway: Gateway;
  readonly addresses: AddressLimits;
  /** Whether a page of this Origin may connect. */
  readonly originAllowed: (request: IncomingMessage) => boolean;
  /** The client's address, behind trusted proxies too. */
  readonly clientAddress: (request: IncomingMessage) => string;
  /** Resolves when what was asked before on this connection is answered: clients tell answers apart by their order. */
  readonly answered: (socket: Duplex) => Promise<void>;
  /** Whether the server is on its way down. */
  readonly draining: () => boolean;
}

/** Answers `upgrade` events of an HTTP server for `GET /ws`. */
export class Upgrades {
  readonly #options: UpgradeOptions;
  readonly #server = new WebSocketServer<typeof ClientSocket>(SERVER_OPTIONS);

  constructor(options: UpgradeOptions) {
    this.#options = options;
    // What only the library looks at: the key, and what protocols are offered.
    this.#server.on('wsClientError', ({ message }, socket) => {
      refuse(socket, { failure: failure('bad_request', message) });
    });
  }

  /** Upgrades, or refuses with a problem document. */
  async handle(request: IncomingMessage, socket: Duplex & FrameSink, head: Buffer): Promise<void> {
    const ignore = (): void => {
      socket.destroy();
    };
    socket.on('error', ignore);
    const { addresses, answered, clientAddress } = this.#options;
    const address = clientAddress(request);
    await answered(socket);
    const target = upgradeTarget(request);
    const early = this.#refusal(request, target);
    if (early !== null) {
      refuse(socket, early);
      return;
    }
    if (!addresses.open(address)) {
      refuse(socket, { failure: failure('rate_limited', 'too many connections from this address', 10_000) });
      return;
    }
    const admitted = await this.#admit(request, target, address);
    if (admitted !== null && 'code' in admitted) {
      addresses.close(address);
      refuse(socket, { failure: admitted });
      return;
    }
    if (socket.destroyed) {
      addresses.close(address);
      return;
    }
    let upgraded = false;
    socket.once('close', () => {
      // A broken handshake is answered by the library, and no WebSocket tells of its end.
      if (!upgraded) addresses.close(address);
    });
    this.#server.handleUpgrade(request, socket, head, (client) => {
      upgraded = true;
      socket.off('error', ignore);
      this.#open(client, socket, address, admitted, target);
    });
  }

  #refusal(request: IncomingMessage, target: UpgradeTarget): Refusal | null {
    // Pages that may not ask learn nothing else.
    if (!this.#options.originAllowed(request)) {
      return { failure: failure('forbidden', 'this origin may not connect') };
    }
    if (this.#options.draining()) {
      return { failure: failure('unavailable', 'the server is going down', 1_000) };
    }
    return handshakeProblem(request, target);
  }

  /** Who comes with the request; null when a hello must tell. */
  async #admit(
    request: IncomingMessage,
    { token: named, channelId }: UpgradeTarget,
    address: string,
  ): Promise<Admitted | Failure | null> {
    const token = named ?? bearer(request.headers.authorization);
    if (token === null && channelId === null) return null;
    const admitted = await this.#options.gateway.sessions.admit(token === null ? {} : { token }, address);
    return admitted.ok ? admitted.value : admitted.failure;
  }

  #open(
    client: ClientSocket,
    socket: FrameSink,
    address: string,
    admitted: Admitted | null,
    { channelId, isRoom }: UpgradeTarget,
  ): void {
    const { gateway } = this.#options;
    client.on('message', onMessage);
    client.on('ping', onHeard);
    client.on('pong', onHeard);
    client.on('error', onError);
    client.on('close', onClose);
    clientGateways.set(client, gateway);
    if (isRoom && channelId !== null) client.dialect = new RoomDialect(socket, channelId);
    client.connection = gateway.accept(client.dialect ?? socket, client, address, admitted, channelId);
  }
}

/** Listeners are shared by all sockets: closures would cost memory for each. */
const clientGateways = new WeakMap<ClientSocket, Gateway>();

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  const { connection, dialect, gateway } = own(this);
  if (connection === null || !Buffer.isBuffer(data)) return;
  if (dialect === null || isBinary) gateway?.receive(connection, data, isBinary);
  else for (const request of dialect.requests(data)) gateway?.receive(connection, request, false);
}

function onHeard(this: WebSocket): void {
  const { connection, gateway } = own(this);
  if (connection !== null) gateway?.heard(connection);
}

/** The library closes with the RFC's code after a broken frame; the listener keeps it from being an exception. */
function onError(): void {
  // Nothing to add.
}

function onClose(this: WebSocket, code: number): void {
  const { connection, gateway } = own(this);
  if (connection !== null) gateway?.closed(connection, code);
}

function own(client: WebSocket): {
  readonly connection: Connection | null;
  readonly dialect: RoomDialect | null;
  readonly gateway: Gateway | undefined;
} {
  return client instanceof ClientSocket
    ? { connection: client.connection, dialect: client.dialect, gateway: clientGateways.get(client) }
    : { connection: null, dialect: null, gateway: undefined };
}

function bearer(header: string | undefined): string | null {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  return match?.[1] ?? null;
}

function refuse(socket: Duplex, { failure: why, status, headers: more }: Refusal): void {
  const problem = problemDocument(why, STATUS_CODES, status);
  const body = JSON.stringify(problem);
  const headers = {
    ...problemHeaders(problem),
    ...more,
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${head.join('')}\r\n${body}`);
  socket.on('finish', () => {
    socket.destroy();
  });
}
