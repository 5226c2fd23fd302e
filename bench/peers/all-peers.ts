/** The servers that are compared, in the order in which they take turns. */
import { freePort, startChildServer } from '../child-server.ts';
import { startHubbubServer } from '../hubbub-server.ts';
import type { Peer, RunningPeer } from './peer.ts';

/** The name of the peer that ratios refer to. */
export const YARDSTICK = 'bare ws';

/** Everything on: validation, limits, presence, and each message committed before it is sent out. */
const hubbub: Peer = {
  name: 'Hubbub',
  dialect: 'hubbub',
  start: async (core) => {
    const server = await startHubbubServer({ core });
    return {
      pid: server.pid(),
      port: server.port,
      dataFolder: server.dataFolder,
      stop: () => server.remove(),
    };
  },
};

const bareWs: Peer = {
  name: YARDSTICK,
  dialect: 'bare-ws',
  start: (core) => startPlain('bench/peers/bare-ws.ts', core),
};

const socketIo: Peer = {
  name: 'Socket.IO',
  dialect: 'socket-io',
  start: (core) => startPlain('bench/peers/socket-io.ts', core),
};

/** All of them. */
export const PEERS: readonly Peer[] = [hubbub, bareWs, socketIo];

async function startPlain(module: string, core: number): Promise<RunningPeer> {
  const port = await freePort();
  const child = await startChildServer({ module, args: [String(port)], port, readyPath: '/health', core });
  return { pid: child.pid, port, dataFolder: null, stop: () => child.kill() };
}
