/** An issuer on a port of its own: a discovery document and a set of keys, and who asked for them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenKey } from './token-signer.ts';

export class IssuerServer {
  /** Its address, which is its name. */
  readonly issuer: string;
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  keys: readonly TokenKey[];
  readonly #server: Server;

  private constructor(server: Server, keys: readonly TokenKey[]) {
    this.#server = server;
    this.keys = keys;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', ({ url = '' }, response) => {
      this.asked.push(url);
      const document = this.#document(url);
      response.writeHead(document === null ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
    });
  }

  /** Starts one on a free port. */
  static async start(...keys: readonly TokenKey[]): Promise<IssuerServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new IssuerServer(server, keys);
  }

  /** How often its keys were asked for. */
  get times(): number {
    return this.asked.filter((path) => path === '/keys').length;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #document(path: string): object | null {
    const { issuer } = this;
    if (path === '/keys') return { keys: this.keys.map(({ jwk }) => jwk) };
    return path === '/.well-known/openid-configuration' ? { issuer, jwks_uri: `${issuer}/keys` } : null;
  }
}
