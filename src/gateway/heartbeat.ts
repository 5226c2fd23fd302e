/**
 * Pings every connection once in HEARTBEAT_MS and drops who was silent for two of them. Connections are spread over
 * rounds of a second, so that pings don't come in herds. Silence is counted in rounds, not by the clock: time in which
 * this thread didn't run has no rounds.
 */
import { HEARTBEAT_MS } from '../protocol/limits.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { Connection } from './connection.ts';

const ROUND_MS = 1_000;
const ROUNDS = HEARTBEAT_MS / ROUND_MS;

export class Heartbeat {
  readonly #timers: DeadlineTimers;
  readonly #perRound: () => void;
  readonly #slots: Set<Connection>[] = Array.from({ length: ROUNDS }, () => new Set());
  #cancel: (() => void) | null = null;
  /** Rounds so far: what `Connection.heardAt` is measured in. */
  round = 0;

  /** `perRound` runs once a round, for whatever else is due about every second. */
  constructor(timers: DeadlineTimers, perRound: () => void) {
    this.#timers = timers;
    this.#perRound = perRound;
    this.#schedule();
  }

  add(connection: Connection): void {
    this.#slotOf(connection)?.add(connection);
  }

  delete(connection: Connection): void {
    this.#slotOf(connection)?.delete(connection);
  }

  close(): void {
    this.#cancel?.();
  }

  #slotOf(connection: Connection): Set<Connection> | undefined {
    return this.#slots[connection.id % ROUNDS];
  }

  #schedule(): void {
    this.#cancel = this.#timers.after(ROUND_MS, () => {
      this.#beat();
      this.#schedule();
    });
  }

  #beat(): void {
    this.round += 1;
    for (const connection of this.#slots[this.round % ROUNDS] ?? []) {
      if (this.round - connection.heardAt > 2 * ROUNDS) connection.terminate();
      else connection.ping();
    }
    this.#perRound();
  }
}
