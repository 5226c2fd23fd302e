/** The servers that are compared, in the order in which they take turns. */
import { freePort, startChildServer } from '../child-server.ts';
import { startHubbubServer } from '../hubbub-server.ts';
import type { Peer, RunningPeer } from './peer.ts';

/** Names of the servers. */
export const OURS = 'Hubbub';
export const BARE_WS = 'bare ws';
export const SOCKET_IO = 'Socket.IO';

/** Everything on: validation, limits, presence, and each message committed before it is sent out. */
const hubbub: Peer = {
  name: OURS,
  dialect: 'hubbub',
  start: async (core, env) => {
    const server = await startHubbubServer({ core, ...(env === undefined ? {} : { env }) });
    return {
      pid: server.pid(),
      port: server.port,
      dataFolder: server.dataFolder,
      stop: () => server.remove(),
    };
  },
};

const bareWs: Peer = {
  name: BARE_WS,
  dialect: 'bare-ws',
  start: (core) => startPlain('bench/peers/bare-ws.ts', core),
};

const socketIo: Peer = {
  name: SOCKET_IO,
  dialect: 'socket-io',
  start: (core) => startPlain('bench/peers/socket-io.ts', core),
};

const PEERS: readonly Peer[] = [hubbub, bareWs, socketIo];

/** The peer of that name; throws when there is none. */
export function peerNamed(name: string): Peer {
  const peer = PEERS.find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`there is no server ${name}`);
  return peer;
}

async function startPlain(module: string, core: number): Promise<RunningPeer> {
  const port = await freePort();
  const child = await startChildServer({ module, args: [String(port)], port, readyPath: '/health', core });
  return { pid: child.pid, port, dataFolder: null, stop: () => child.kill() };
}
