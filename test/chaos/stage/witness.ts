/**
 * A connection without the SDK, which would make up for what the server leaves undone: it notes what it is answered and
 * how it is ended, and doesn't come back.
 */
import { ChatConnection } from '../../../bench/load/chat-connection.ts';
import type { Ending } from '../../../bench/load/frame-socket.ts';
import { Watch, withPatience } from '../../verify/watch.ts';

const PATIENCE_MS = 30_000;

/** How a connection ended, and when (`performance.now()`). */
export interface WitnessedEnd {
  readonly ending: Ending;
  readonly at: number;
}

/** See the head of the file. */
export class Witness {
  readonly #watch = new Watch();
  /** `ref` → type of the answer. */
  readonly #answers = new Map<string, string>();
  readonly #channelId: string;
  #connection: ChatConnection | null = null;
  #end: WitnessedEnd | null = null;

  private constructor(channelId: string) {
    this.#channelId = channelId;
  }

  /** A guest who has joined. Rejects when the server doesn't let it in. */
  static async join(port: number, channelId: string): Promise<Witness> {
    const witness = new Witness(channelId);
    await withPatience(witness.#enter(port), PATIENCE_MS, 'a witness has joined');
    return witness;
  }

  /** Null while it is open. */
  get end(): WitnessedEnd | null {
    return this.#end;
  }

  /** Type of the answer to what was asked with `ref`; null: none came. */
  answerTo(ref: string): string | null {
    return this.#answers.get(ref) ?? null;
  }

  /** Sends a request about its channel. */
  ask(type: string, ref: string, data: object = {}): void {
    this.#connection?.send(JSON.stringify({ type, ref, channelId: this.#channelId, data }));
  }

  /** Resolves when that is answered. */
  async answered(ref: string): Promise<void> {
    await this.#until(() => this.#answers.has(ref), `${ref} is answered`);
  }

  /** Resolves when the server has ended it. */
  async ended(): Promise<void> {
    await this.#until(() => this.#end !== null, 'the server ends a connection');
  }

  /** Breaks off. */
  cut(): void {
    this.#connection?.cut();
  }

  #enter(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const plan = { port, token: null, channelId: this.#channelId, recover: null };
      this.#connection = new ChatConnection(plan, {
        joined: () => resolve(),
        frame: (_, bytes, start, end) => {
          const { type, ref } = JSON.parse(bytes.toString('utf8', start, end)) as Frame;
          if (ref !== undefined) this.#answers.set(ref, type);
          this.#watch.changed();
        },
        ended: (ending) => {
          this.#end = { ending, at: performance.now() };
          this.#watch.changed();
          reject(new Error(`ended before it had joined: ${JSON.stringify(ending)}`));
        },
      });
    });
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    if (!(await this.#watch.until(condition, PATIENCE_MS))) {
      throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
    }
  }
}

interface Frame {
  readonly type: string;
  readonly ref?: string;
}
