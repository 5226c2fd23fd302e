/** A Unix socket in front of PostgreSQL that loses connections, requests or answers when a test says so. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * What happens to bytes on their way: passed on; held back for ever; kept, with all that comes behind them on their
 * connection and whatever becomes of its client, until they are released; or the connection is cut in their place.
 */
export type Passage = 'pass' | 'hold' | 'keep' | 'cut';

/** A connection through the proxy. */
export interface ProxiedConnection {
  /** What the client calls itself, as pg_stat_activity shows it; empty when it doesn't. */
  readonly applicationName: string;
}

/** One passage for everyone, or one that is asked for whenever bytes come; a connection is the same object each time. */
export type Fate = Passage | ((connection: ProxiedConnection, bytes: Buffer) => Passage);

/** A running proxy. */
export interface PostgresProxy {
  /** The URL that leads through it. */
  readonly connectionString: string;
  /** What happens to requests and to answers from now on. */
  requests: Fate;
  answers: Fate;
  /** Bytes that are kept now. */
  kept(): number;
  /** Sends on what was kept, and says how many bytes of it found a connection that was still open. */
  release(): number;
  /** Cuts every connection on the client's side; PostgreSQL's side stays, as with a dead network. */
  cutClients(): void;
  /** Stops listening and cuts what is connected; {@link listen} listens again. */
  stop(): Promise<void>;
  listen(): Promise<void>;
  /** Stops for good. */
  close(): Promise<void>;
}

/** Starts a proxy to the server of `target`, a URL with `host` (a folder) and `port` as parameters. */
export async function startPostgresProxy(target: string): Promise<PostgresProxy> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-proxy-'));
  const url = new URL(target);
  const port = url.searchParams.get('port') ?? '5432';
  const upstream = path.join(url.searchParams.get('host')!, `.s.PGSQL.${port}`);
  const socketPath = path.join(folder, `.s.PGSQL.${port}`);
  url.searchParams.set('host', folder);
  const clients = new Set<net.Socket>();
  const servers = new Set<net.Socket>();
  /** By where they go. */
  const kept = new Map<net.Socket, Buffer[]>();
  let listener: net.Server | null = null;

  const accept = (client: net.Socket) => {
    const server = net.connect(upstream);
    clients.add(client);
    servers.add(server);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    const connection = { applicationName: '' };
    client.once('data', (bytes: Buffer) => {
      connection.applicationName = applicationNameOf(bytes);
    });
    const forward = (from: net.Socket, to: net.Socket, fate: () => Fate) => {
      from.on('data', (bytes: Buffer) => {
        const given = fate();
        const passage = typeof given === 'string' ? given : given(connection, bytes);
        const waiting = kept.get(to);
        if (waiting !== undefined) waiting.push(bytes);
        else if (passage === 'keep') kept.set(to, [bytes]);
        else if (passage === 'pass') to.write(bytes);
        else if (passage === 'cut') client.destroy();
      });
    };
    forward(client, server, () => proxy.requests);
    forward(server, client, () => proxy.answers);
    server.on('close', () => client.destroy());
    client.on('end', () => {
      if (!kept.has(server)) server.end();
    });
  };
  const stop = async () => {
    const closing = listener;
    listener = null;
    for (const socket of [...clients, ...servers]) socket.destroy();
    clients.clear();
    servers.clear();
    kept.clear();
    if (closing !== null) await new Promise((resolve) => closing.close(resolve));
  };
  const proxy: PostgresProxy = {
    connectionString: url.href,
    requests: 'pass',
    answers: 'pass',
    kept: () => [...kept.values()].flat().reduce((sum, { length }) => sum + length, 0),
    release: () => {
      let sent = 0;
      for (const [to, parts] of kept) {
        if (!to.writable) continue;
        for (const bytes of parts) to.write(bytes);
        sent += parts.reduce((sum, { length }) => sum + length, 0);
      }
      kept.clear();
      return sent;
    },
    cutClients: () => {
      for (const client of clients) client.destroy();
    },
    stop,
    listen: async () => {
      listener = net.createServer(accept).listen(socketPath);
      await once(listener, 'listening');
    },
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await proxy.listen();
  return proxy;
}

/** Out of a startup packet: length, version, then names and values, each with a NUL at its end. */
function applicationNameOf(startup: Buffer): string {
  const words = startup.toString('utf8', 8).split('\0');
  const at = words.indexOf('application_name');
  return at < 0 ? '' : (words[at + 1] ?? '');
}
