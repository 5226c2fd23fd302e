/** How to talk to each kind of server: the least that gets a client into a room and a text to everyone there. */

/** Something to say (or nothing), and the bytes to wait for after it. */
export interface DialectStep {
  readonly send: string | null;
  readonly expect: string;
}

/** A server's way of talking. */
export interface Dialect {
  /** Where to upgrade. */
  path(room: string): string;
  /** What takes a new connection into `room`. */
  enter(room: string): readonly DialectStep[];
  /** The text frame that sends `text` as message `number` of this run. */
  message(room: string, number: number, text: string): string;
}

const hubbub: Dialect = {
  path: () => '/ws',
  enter: (room) => [
    { send: '{"type":"hello","data":{}}', expect: '"type":"welcome"' },
    { send: `{"type":"channel:join","ref":"j","channelId":"${room}"}`, expect: '"type":"channel:joined"' },
  ],
  message: (room, number, text) =>
    `{"type":"message:send","ref":"${number}","channelId":"${room}",` +
    `"data":{"content":"${text}","clientMessageId":"bench-${number}"}}`,
};

const bareWs: Dialect = {
  path: (room) => `/?room=${room}`,
  enter: () => [{ send: null, expect: 'joined' }],
  message: (room, number, text) =>
    `{"type":"message:send","ref":"${number}","channelId":"${room}","data":{"content":"${text}"}}`,
};

const socketIo: Dialect = {
  path: () => '/socket.io/?EIO=4&transport=websocket',
  enter: (room) => [
    { send: null, expect: '0{' },
    { send: '40', expect: '40{' },
    { send: `42["join","${room}"]`, expect: '42["joined"' },
  ],
  message: (room, number, text) => `42["message","${room}","${number}","${text}"]`,
};

/** Every dialect by its name. */
export const DIALECTS = { hubbub, 'bare-ws': bareWs, 'socket-io': socketIo } as const;

/** A name in {@link DIALECTS}. */
export type DialectName = keyof typeof DIALECTS;
