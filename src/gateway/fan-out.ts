/** Writes what a gateway's topics and connections have waiting, when it is time. */
import { DeadlineQueue, type DeadlineTimers } from '../threads/deadline-queue.ts';
import type { Connection } from './connection.ts';
import type { Topic } from './topic.ts';

export class FanOut {
  readonly #timers: DeadlineTimers;
  readonly #later: DeadlineQueue<Topic>;
  readonly #topics = new Set<Topic>();
  readonly #connections = new Set<Connection>();

  readonly #written: (frames: number) => void;

  /** `written` hears how many frames a flush put into sockets. */
  constructor(timers: DeadlineTimers, written: (frames: number) => void) {
    this.#timers = timers;
    this.#written = written;
    this.#later = new DeadlineQueue(timers, (topic) => {
      this.#flush(topic);
    });
  }

  /** The topic has something to write. */
  dirty(topic: Topic): void {
    this.#topics.add(topic);
  }

  /** The connection has something of its own to write. */
  direct(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** Writes what may go out now: at the end of each batch, so that what came together goes out together. */
  run(): void {
    const now = this.#timers.mono();
    for (const topic of this.#topics) {
      if (topic.notBefore <= now) this.#flush(topic);
      else this.#later.set(topic, topic.notBefore);
    }
    this.#topics.clear();
    for (const connection of this.#connections) {
      if (connection.hasDirect) connection.write();
    }
    this.#connections.clear();
  }

  /** Writes what these topics have waiting, whether it is time or not. */
  flush(topics: Iterable<Topic>): void {
    for (const topic of topics) this.#flush(topic);
  }

  close(): void {
    this.#later.clear();
  }

  #flush(topic: Topic): void {
    const startedAt = this.#timers.mono();
    this.#written(topic.flush());
    const endedAt = this.#timers.mono();
    topic.notBefore = endedAt + (endedAt - startedAt);
  }
}
