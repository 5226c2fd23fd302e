/** One round of rooms full of people: a fresh server on one core, the load on the other, one run. */
import { LOAD_CORE, pinPostgres } from './cores.ts';
import type { BroadcastResult, BroadcastSteps } from './load/broadcast.ts';
import type { MeasuredServer } from './load/cpu-meter.ts';
import type { DialectName } from './load/dialect.ts';
import { LoadProcess } from './load-process.ts';
import type { RunningPeer } from './peers/peer.ts';

const DEADLINE_MS = 60_000;
/** Time for what joining started (presence, commits) to end before the clock starts, ms. */
const SETTLE_MS = 1_500;
/** Every server first gets the load for so long, uncounted. */
const WARM_UP_SECONDS = 2;

/** Rooms, members and messages. */
export interface Rooms {
  readonly rooms: number;
  readonly membersPerRoom: number;
  /** Messages a second over all rooms, by the clock, whether or not the server keeps up. */
  readonly rate: number;
  readonly textBytes: number;
}

/** A load of rooms that is connected, settled and warm. */
export interface WarmRooms {
  /** Sends at the rate for `seconds`. */
  send(seconds: number): Promise<BroadcastResult>;
  /** Ends the load. */
  end(): Promise<void>;
}

/** Measures one server once. */
export async function measureRooms(
  server: RunningPeer,
  dialect: DialectName,
  rooms: Rooms,
  seconds: number,
): Promise<BroadcastResult> {
  const load = await warmRooms(server, dialect, rooms);
  try {
    return await load.send(seconds);
  } finally {
    await load.end();
  }
}

/** Fills the rooms of a server, and warms it up. */
export async function warmRooms(server: RunningPeer, dialect: DialectName, rooms: Rooms): Promise<WarmRooms> {
  const measured: MeasuredServer = { serverPid: server.pid, dataFolder: server.dataFolder };
  const load = new LoadProcess<BroadcastSteps>('load/broadcast.ts', LOAD_CORE);
  const send = (seconds: number): Promise<BroadcastResult> =>
    load.step('send', { messages: Math.round(rooms.rate * seconds), measured });
  try {
    const plan = { ...rooms, dialect, port: server.port, roomPrefix: 'bench', deadlineMs: DEADLINE_MS };
    await load.step('connect', plan);
    // PostgreSQL was started from the server's core and inherited it.
    if (server.dataFolder !== null) await pinPostgres(server.dataFolder);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await send(WARM_UP_SECONDS);
  } catch (error) {
    await load.end();
    throw error;
  }
  return { send, end: () => load.end() };
}
