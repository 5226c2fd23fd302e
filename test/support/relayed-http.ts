/** The HTTP side as a gateway thread offers it: a relay in front of main's application on a private socket. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { App } from '../../src/admin/app.ts';
import type { HttpTimeouts } from '../../src/admin/http-bounds.ts';
import { buildGatewayHttp } from '../../src/admin/relay/gateway-http.ts';
import { Relay } from '../../src/admin/relay/relay.ts';
import { leaveClosingToGateways } from '../../src/admin/relay/relayed-app.ts';
import { securityHeaders } from '../../src/admin/security-headers.ts';
import { privateSocket } from '../../src/composition/private-socket.ts';

/** A relay that listens. */
export interface TestRelay {
  readonly port: number;
  readonly socketPath: string;
  /** What it complained about. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** How it is to be. */
export interface TestRelayOptions {
  readonly patienceMs?: number;
  readonly timeouts?: HttpTimeouts;
  readonly publicUrl?: string;
}

/** Puts one in front of a socket on which nothing listens yet. */
export async function testRelay({
  publicUrl,
  patienceMs,
  timeouts,
}: TestRelayOptions = {}): Promise<TestRelay> {
  const socket = await privateSocket();
  const headers = securityHeaders(publicUrl);
  const complaints: string[] = [];
  const relay = new Relay({
    socketPath: socket.path,
    headers,
    newId: randomUUID,
    logger: { error: (_fields, message) => complaints.push(message) },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  const server = buildGatewayHttp({ relay, headers, ...(timeouts === undefined ? {} : { timeouts }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    socketPath: socket.path,
    complaints,
    close: async () => {
      server.closeAllConnections();
      server.close();
      relay.close();
      await socket.remove();
    },
  };
}

/** Lets main's application answer behind the relay. */
export async function answerBehind(relay: TestRelay, app: App): Promise<void> {
  leaveClosingToGateways(app);
  await app.listen({ path: relay.socketPath });
}
