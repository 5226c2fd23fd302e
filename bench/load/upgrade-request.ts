/** The client's half of a WebSocket handshake (RFC 6455, section 4.1). */
import { randomBytes } from 'node:crypto';

/** Where a load connects, on the loopback address. */
export interface LoadTarget {
  readonly port: number;
  readonly path: string;
}

/** The bytes of the request. */
export function upgradeRequest({ port, path }: LoadTarget): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`
  );
}
