/** One connection that waits for what acts of moderators do to it. */
import { once } from 'node:events';
import WebSocket from 'ws';

interface Told {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly data?: {
    readonly id?: string;
    readonly code?: string;
    readonly user?: { readonly id?: string };
    readonly guestToken?: string;
  };
}

/** How long anything may take before it counts as never come, ms. */
const PATIENCE_MS = 10_000;

/** A frame, or the code that the connection was closed with. */
type Seen = (told: Told | number) => boolean;

/** See the head of the file. */
export class EffectClient {
  /** Of whoever it is. */
  userId = '';
  /** With which the same guest comes again. */
  guestToken: string | undefined = undefined;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<Seen>();
  #refs = 0;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (bytes: Buffer) => this.#see(JSON.parse(bytes.toString()) as Told));
    this.#socket.on('close', (code) => this.#see(code));
  }

  /** Logs in with `hello`, and joins `channels`. */
  static async open(url: string, hello: object, channels: readonly string[]): Promise<EffectClient> {
    const client = new EffectClient(url);
    await once(client.#socket, 'open');
    const welcome = await client.ask('hello', undefined, hello);
    client.userId = welcome.data?.user?.id ?? '';
    client.guestToken = welcome.data?.guestToken;
    for (const channelId of channels) await client.ask('channel:join', channelId, { limit: 1 });
    return client;
  }

  /** Sends a request; resolves with its answer, an error too. */
  async ask(type: string, channelId: string | undefined, data: object): Promise<Told> {
    const ref = String((this.#refs += 1));
    const answers: Told[] = [];
    const answered = this.sees((told) => {
      if (typeof told === 'number' || told.ref !== ref) return false;
      answers.push(told);
      return true;
    });
    this.#socket.send(JSON.stringify({ type, ref, channelId, data }));
    await answered;
    const [answer] = answers;
    if (answer === undefined) throw new Error(`${type} was not answered`);
    return answer;
  }

  /** Resolves with the moment, monotonic ms, in which `isIt` first held. Rejects after ten seconds. */
  sees(isIt: Seen): Promise<number> {
    return new Promise((resolve, reject) => {
      const seen: Seen = (told) => {
        if (!isIt(told)) return false;
        clearTimeout(timer);
        resolve(performance.now());
        return true;
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(seen);
        reject(new Error(`nothing came within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      this.#waiting.add(seen);
    });
  }

  /** Writes into the channel until it is answered with the error `code`; resolves with that moment, monotonic ms. */
  async writesUntil(channelId: string, code: string, content: string): Promise<number> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask('message:send', channelId, { content });
      const now = performance.now();
      if (answer.type === 'error' && answer.data?.code === code) return now;
      if (now > deadline) throw new Error(`${code} did not come within ${PATIENCE_MS} ms`);
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #see(told: Told | number): void {
    for (const seen of this.#waiting) if (seen(told)) this.#waiting.delete(seen);
  }
}
