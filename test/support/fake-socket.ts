/** A WebSocket without a network: the test is the server. */
import type { ClientFrame, ServerFrame } from '../../src/protocol/events.ts';
import type { ClientSocket, ClientSocketClass } from '../../src/client/client-socket.ts';

type Handler = ((event: never) => void) | null;

export class FakeSocket implements ClientSocket {
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  readonly url: string;
  /** Everything that the client sent, in order. */
  readonly sent: ClientFrame[] = [];
  closedByClient = false;
  #taken = 0;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closedByClient = true;
  }

  /** The network is there: the client may speak. */
  open(): void {
    call(this.onopen, {});
  }

  /** Sends a frame to the client. */
  deliver(frame: ServerFrame | Record<string, unknown>): void {
    this.deliverText(JSON.stringify(frame));
  }

  deliverText(text: string): void {
    call(this.onmessage, { data: text });
  }

  /** Ends the connection from the server's side. */
  drop(code = 1006, reason = ''): void {
    call(this.onclose, { code, reason });
  }

  /** Frames that came since the last call. */
  take(): ClientFrame[] {
    const news = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return news;
  }

  /** The newest frame of `type`. */
  last(type: string): ClientFrame {
    const found = this.sent.findLast((frame) => frame.type === type);
    if (found === undefined) throw new Error(`the client sent no ${type}`);
    return found;
  }

  /** Answers the newest request of `requestType`. */
  answer(requestType: string, type: string, data: unknown): void {
    const { ref, channelId } = this.last(requestType);
    this.deliver({ type, ref, channelId, timestamp: 0, data });
  }
}

function call(handler: Handler, event: unknown): void {
  (handler as ((event: unknown) => void) | null)?.(event);
}

/** A class that keeps the sockets it made, newest last. */
export function fakeSockets(): { readonly socketClass: ClientSocketClass; readonly sockets: FakeSocket[] } {
  const sockets: FakeSocket[] = [];
  class RecordedSocket extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  }
  return { socketClass: RecordedSocket, sockets };
}
