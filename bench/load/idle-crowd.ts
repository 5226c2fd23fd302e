/** Connections that are in their rooms and do nothing but answer pings: what a connection costs in memory. */
import { ChatConnection, type ChatListener, endingText } from './chat-connection.ts';
import { DIALECTS, type DialectName } from './dialect.ts';
import { RawSocket } from './raw-socket.ts';

/** Connections that are being made at any moment. */
const RAMP_WIDTH = 50;

/** Rooms are named `<prefix>-0`, `<prefix>-1`, …; connection i goes into room i modulo rooms. */
export interface IdlePlan {
  readonly dialect: DialectName;
  readonly port: number;
  readonly connections: number;
  readonly rooms: number;
  readonly roomPrefix: string;
  /** Hubbub: one for each connection. Others know no tokens. */
  readonly tokens: readonly string[] | null;
}

/** How the crowd stands. */
export interface IdleStanding {
  readonly open: number;
  readonly broken: number;
}

/** See the head of the file. */
export class IdleCrowd {
  readonly #plan: IdlePlan;
  readonly #cuts: (() => void)[] = [];
  #broken = 0;

  constructor(plan: IdlePlan) {
    this.#plan = plan;
  }

  get standing(): IdleStanding {
    return { open: this.#cuts.length - this.#broken, broken: this.#broken };
  }

  /** Brings everyone in; rejects when one is refused. */
  async connect(): Promise<IdleStanding> {
    const { connections, rooms, roomPrefix, tokens } = this.#plan;
    let next = 0;
    const ramp = async (): Promise<void> => {
      while (next < connections) {
        const room = `${roomPrefix}-${next % rooms}`;
        const token = tokens === null ? null : (tokens[next] ?? null);
        next += 1;
        this.#cuts.push(await (token === null ? this.#raw(room) : this.#identified(room, token)));
      }
    };
    await Promise.all(Array.from({ length: RAMP_WIDTH }, ramp));
    return this.standing;
  }

  /** Breaks every connection off. */
  close(): void {
    for (const cut of this.#cuts) cut();
  }

  async #identified(channelId: string, token: string): Promise<() => void> {
    return new Promise((resolve, reject) => {
      let isIn = false;
      const listener: ChatListener = {
        joined: () => {
          isIn = true;
          resolve(() => connection.cut());
        },
        frame: (type, bytes, start, end) => {
          if (type === 'error') reject(new Error(`refused: ${bytes.toString('utf8', start, end)}`));
        },
        ended: (ending) => {
          if (isIn) this.#broken += 1;
          else reject(new Error(endingText(ending)));
        },
      };
      const connection = new ChatConnection(
        { port: this.#plan.port, token, channelId, recover: null },
        listener,
      );
    });
  }

  async #raw(room: string): Promise<() => void> {
    const { port, dialect } = this.#plan;
    const way = DIALECTS[dialect];
    const socket = await RawSocket.open({ port, path: way.path(room) }, way.enter(room));
    socket.listen({
      bytes: () => undefined,
      closed: () => {
        this.#broken += 1;
      },
    });
    return () => socket.close();
  }
}
