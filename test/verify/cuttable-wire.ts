/** A client's way to its server, which can be cut under it, and which tells what really went over it. */
import { WebSocket } from 'ws';
import type { ClientSocket, ClientSocketClass } from '../../src/client/client-socket.ts';

/** See the head of the file. */
export interface CuttableWire {
  /** For the client's option `webSocket`. */
  readonly socketClass: ClientSocketClass;
  /** Breaks what is open, without a close frame: what is under way is lost, as when a network goes. */
  cut(): void;
  /** Why the newest connection could not be made; null: it could, or there was none. */
  problem(): string | null;
}

/** Who is told of everything on it. */
export interface WireListener {
  /** A socket is made, in the place of the one before. */
  connecting(): void;
  /** The text of a frame is handed to the socket. */
  sent(text: string): void;
  received(text: string): void;
}

/** Makes a wire. */
export function cuttableWire(listener: WireListener): CuttableWire {
  const open = new Set<WebSocket>();
  let problem: string | null = null;
  class CuttableSocket implements ClientSocket {
    onopen: ClientSocket['onopen'] = null;
    onmessage: ClientSocket['onmessage'] = null;
    onclose: ClientSocket['onclose'] = null;
    onerror: ClientSocket['onerror'] = null;
    readonly #socket: WebSocket;

    constructor(url: string) {
      listener.connecting();
      this.#socket = new WebSocket(url);
      open.add(this.#socket);
      this.#socket.onopen = (event) => {
        problem = null;
        this.onopen?.(event as never);
      };
      this.#socket.onmessage = (event) => {
        // Who has gone on to another socket doesn't hear this one.
        if (this.onmessage === null) return;
        if (typeof event.data === 'string') listener.received(event.data);
        this.onmessage(event as never);
      };
      this.#socket.onerror = (event) => {
        problem = event.message;
        this.onerror?.(event as never);
      };
      this.#socket.onclose = (event) => {
        open.delete(this.#socket);
        this.onclose?.(event as never);
      };
    }

    send(text: string): void {
      listener.sent(text);
      this.#socket.send(text);
    }

    close(): void {
      this.#socket.close();
    }
  }
  return {
    socketClass: CuttableSocket,
    cut: () => {
      for (const socket of open) socket.terminate();
    },
    problem: () => problem,
  };
}
