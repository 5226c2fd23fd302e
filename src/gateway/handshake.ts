/** The opening handshake (RFC 6455, section 4.2.1) as far as the WebSocket library doesn't hold clients to it. */
import type { IncomingMessage } from 'node:http';
import { failure, type Failure } from '../protocol/errors.ts';
import { isChannelId } from '../protocol/limits.ts';
import { hostProblem, originForm } from '../protocol/request-head.ts';
import { DEFAULT_ROOM } from './room-dialect.ts';

/** Also below the prefix under which proxies may hand on the API. */
const PATHS: ReadonlySet<string> = new Set(['/ws', '/ws/', '/api/ws', '/api/ws/']);
/** Where older clients come, who call channels rooms: see room-dialect.ts. */
const ROOM_PATHS: ReadonlySet<string> = new Set(['/ws/chat', '/api/ws/chat']);
/** The others were drafts; in some of them `Origin` had another name. */
const VERSION = '13';

/** Why an upgrade is refused. */
export interface Refusal {
  readonly failure: Failure;
  /** Where HTTP has a finer one than the table of codes. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an upgrade asks for in its address. */
export interface UpgradeTarget {
  /** Whether WebSockets are at this address. The path counts as it is written: proxies know it by that. */
  readonly isWebSocket: boolean;
  /** Whether the frames are those of older clients. */
  readonly isRoom: boolean;
  readonly token: string | null;
  readonly channelId: string | null;
}

/** Reads the address of a request. */
export function upgradeTarget(request: IncomingMessage): UpgradeTarget {
  const target = originForm(request.url ?? '/');
  const [path = '', query = ''] = target.split('#', 1)[0]?.split(/\?(.*)/s) ?? [];
  const parameters = new URLSearchParams(query);
  const isRoom = ROOM_PATHS.has(path);
  const channelId = parameters.get('channelId');
  return {
    isWebSocket: isRoom || PATHS.has(path),
    isRoom,
    token: parameters.get('token'),
    channelId: isRoom ? (parameters.get('room_id') ?? channelId ?? DEFAULT_ROOM) : channelId,
  };
}

/** What is wrong with the request by itself, whoever sends it; null: nothing. */
export function handshakeProblem(request: IncomingMessage, target: UpgradeTarget): Refusal | null {
  const unsound = hostProblem(request);
  if (unsound !== null) return { failure: unsound };
  if (!target.isWebSocket) return { failure: failure('not_found', 'WebSockets are at /ws') };
  const bad = (message: string): Failure => failure('bad_request', message);
  if (request.method !== 'GET') {
    return { failure: bad('WebSockets open with GET'), status: 405, headers: { allow: 'GET' } };
  }
  if (request.httpVersion !== '1.1') return { failure: bad('WebSockets open with HTTP/1.1') };
  if (request.headers['sec-websocket-version'] !== VERSION) {
    const headers = { 'sec-websocket-version': VERSION };
    return { failure: bad(`Sec-WebSocket-Version must be ${VERSION}`), headers };
  }
  if (hasBody(request)) return { failure: bad('WebSockets open without a body') };
  if (target.channelId !== null && !isChannelId(target.channelId)) {
    const name = target.isRoom ? 'room_id' : 'channelId';
    return { failure: bad(`${name} must name a channel`) };
  }
  return null;
}

/** Node takes a body for what comes behind the handshake, a proxy may not: they would tell requests apart differently. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
