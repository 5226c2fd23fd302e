/**
 * One client of Hubbub on its way in, as this project's SDK goes: it upgrades, says hello, and joins one channel when it
 * was welcomed. What comes afterwards is its listener's.
 */
import { type Ending, FrameSocket, type FrameSocketEvents } from './frame-socket.ts';
import { frameType } from './frame-type.ts';

/** A place in a channel's log, to go on from. */
export interface RecoverPoint {
  readonly epoch: string;
  readonly seq: number;
}

/** Who comes, and where to. */
export interface ChatPlan {
  readonly port: number;
  /** Null: a guest. */
  readonly token: string | null;
  readonly channelId: string;
  readonly recover: RecoverPoint | null;
}

/** Who is told. Frames are UTF-8 in `bytes` from `start` to before `end`, valid only during the call. */
export interface ChatListener {
  joined(bytes: Buffer, start: number, end: number): void;
  /** Any other frame after `welcome`, and an error before it. */
  frame(type: string, bytes: Buffer, start: number, end: number): void;
  ended(ending: Ending): void;
}

/** See the head of the file. */
export class ChatConnection implements FrameSocketEvents {
  readonly #plan: ChatPlan;
  readonly #listener: ChatListener;
  readonly #socket: FrameSocket;

  constructor(plan: ChatPlan, listener: ChatListener) {
    this.#plan = plan;
    this.#listener = listener;
    this.#socket = new FrameSocket({ port: plan.port, path: '/ws' }, this);
  }

  /** Sends one frame, JSON text. */
  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Reads no more; nothing is told from then on. */
  stopReading(): void {
    this.#socket.stopReading();
  }

  /** Breaks off; nothing is told after it. */
  cut(): void {
    this.#socket.cut();
  }

  /** Asks to join; again, where that was refused for the moment. */
  join(): void {
    const { channelId, recover } = this.#plan;
    const data = recover === null ? {} : { recover };
    this.send(JSON.stringify({ type: 'channel:join', ref: 'join', channelId, data }));
  }

  opened(): void {
    const { token } = this.#plan;
    this.send(JSON.stringify({ type: 'hello', ref: 'hello', data: token === null ? {} : { token } }));
  }

  text(bytes: Buffer, start: number, end: number): void {
    const type = frameType(bytes, start, end);
    if (type === 'welcome') this.join();
    else if (type === 'channel:joined') this.#listener.joined(bytes, start, end);
    else this.#listener.frame(type, bytes, start, end);
  }

  ended(ending: Ending): void {
    this.#listener.ended(ending);
  }
}

/** What to say of an ending. */
export function endingText(ending: Ending): string {
  return ending.kind === 'refused'
    ? `refused with ${ending.status}`
    : `closed with ${ending.code}${ending.reason === '' ? '' : ` ${ending.reason}`}`;
}
