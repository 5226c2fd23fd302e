/**
 * The shard's way into the log: entries gather while a batch commits, so the batch grows with the load by itself.
 *
 * One batch is on its way at a time. What it can come to, and who moves on:
 * - committed: every entry is told its placement;
 * - refused: the halves are tried in order, down to the one entry that fails; the rest lands;
 * - unavailable: nothing landed; tried again with growing pauses. An entry that has waited `giveUpMs` is told
 *   `unavailable` and forgotten, in the batch and in the queue behind it alike;
 * - unknown: nothing else is written until the log has said which entries landed. Those are told their placement, late
 *   ones too, because listeners must see what is in the log; the others are tried again under their ids.
 */
import { failure, type Failure } from '../protocol/errors.ts';
import type { ChannelLog, LogEntry, Placement } from './ports/channel-log.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Hears what becomes of an entry: exactly once, but for one given up on, which may still be placed later. */
export type SettleEntry = (entry: LogEntry, outcome: Placement | Failure) => void;

interface Held {
  readonly entry: LogEntry;
  /** Monotonic ms at which it is given up. */
  readonly until: number;
  /** Once told of its placement or its failure it isn't tried again, nor told that it waited too long. */
  told: boolean;
}

export class WriteBatch {
  readonly #log: ChannelLog;
  readonly #ports: Pick<ShardPorts, 'timers' | 'recorder' | 'logger'>;
  readonly #bounds: ShardBounds;
  readonly #settle: SettleEntry;
  #queue: Held[] = [];
  #queueSize = 0;
  /** Entries of the batch that is being written. */
  #underWay: readonly Held[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(
    log: ChannelLog,
    ports: Pick<ShardPorts, 'timers' | 'recorder' | 'logger'>,
    bounds: ShardBounds,
    settle: SettleEntry,
  ) {
    this.#log = log;
    this.#ports = ports;
    this.#bounds = bounds;
    this.#settle = settle;
  }

  /** Entries that wait or are being written. */
  get depth(): number {
    return this.#queue.length + this.#underWay.length;
  }

  /** Takes the entry, or says `overloaded` when as much waits as may. */
  add(entry: LogEntry): Failure | null {
    if (this.#queue.length >= this.#bounds.heldEntries || this.#queueSize >= this.#bounds.heldSize) {
      return failure('overloaded', 'too many messages wait to be stored', 1_000);
    }
    this.#queue.push({ entry, until: this.#ports.timers.mono() + this.#bounds.giveUpMs, told: false });
    this.#queueSize += entry.data.length;
    this.#running ??= this.#run();
    return null;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Stops trying; what is under way may still land. */
  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    // What arrives in the same tick goes into the same batch.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#closed) {
      this.#underWay = this.#takeBatch();
      await this.#write(this.#underWay, false);
      this.#underWay = [];
    }
    this.#running = null;
  }

  #takeBatch(): readonly Held[] {
    const { batchEntries, batchSize } = this.#bounds;
    let size = 0;
    let count = 0;
    for (const { entry } of this.#queue) {
      if (count >= batchEntries || (count > 0 && size + entry.data.length > batchSize)) break;
      size += entry.data.length;
      count += 1;
    }
    const batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    this.#queueSize -= size;
    return batch;
  }

  async #write(batch: readonly Held[], retry: boolean): Promise<void> {
    let rest = batch;
    let again = retry;
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      rest = rest.filter((held) => !held.told);
      if (rest.length === 0) return;
      const startedAt = this.#ports.timers.mono();
      const outcome = await this.#log.append(
        rest.map((held) => held.entry),
        { retry: again },
      );
      switch (outcome.status) {
        case 'committed':
          this.#ports.recorder.committed(rest.length, this.#ports.timers.mono() - startedAt);
          this.#place(rest, outcome.placements);
          return;
        case 'refused':
          await this.#bisect(rest, again, outcome.reason);
          return;
        case 'unavailable':
          this.#ports.logger.warn({ reason: outcome.reason, entries: rest.length }, 'the log is unavailable');
          break;
        case 'unknown':
          this.#ports.logger.warn(
            { reason: outcome.reason, entries: rest.length },
            'outcome of a batch unknown',
          );
          rest = await this.#resolve(rest);
          again = true;
          break;
      }
      await this.#pause(pause);
    }
  }

  async #bisect(batch: readonly Held[], retry: boolean, reason: string): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      this.#ports.logger.error(
        { reason, id: first.entry.id, log: first.entry.log },
        'the log refused an event',
      );
      this.#tell(first, failure('bad_request', 'this message can not be stored'));
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.#write(batch.slice(0, half), retry);
    await this.#write(batch.slice(half), retry);
  }

  /** Asks the log what landed, for as long as it takes; returns what did not. */
  async #resolve(batch: readonly Held[]): Promise<readonly Held[]> {
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const located = await this.#log.locate(batch.map((held) => held.entry));
      if (located.ok) {
        const lost: Held[] = [];
        for (const [index, held] of batch.entries()) {
          const placement = located.value[index] ?? null;
          if (placement === null) lost.push(held);
          else this.#placed(held, placement);
        }
        return lost;
      }
      await this.#pause(pause);
    }
    return [];
  }

  #place(batch: readonly Held[], placements: readonly Placement[]): void {
    for (const [index, held] of batch.entries()) {
      const placement = placements[index];
      if (placement === undefined) throw new Error('the log placed fewer entries than it was given');
      this.#placed(held, placement);
    }
  }

  /** An entry that stands under its own id is no duplicate, even when an earlier try put it there. */
  #placed(held: Held, placement: Placement): void {
    held.told = true;
    this.#settle(held.entry, { ...placement, duplicate: placement.id !== held.entry.id });
  }

  /** Waits, and gives up on what has waited too long. */
  async #pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#ports.timers.after(delayMs, resolve);
    });
    const now = this.#ports.timers.mono();
    for (const held of this.#underWay) this.#expire(held, now);
    let expired = 0;
    // The queue is in order of arrival, so the expired ones stand in front.
    for (const held of this.#queue) {
      if (held.until > now) break;
      this.#expire(held, now);
      this.#queueSize -= held.entry.data.length;
      expired += 1;
    }
    if (expired > 0) this.#queue = this.#queue.slice(expired);
  }

  #expire(held: Held, now: number): void {
    if (held.told || held.until > now) return;
    this.#tell(held, failure('unavailable', 'the message could not be stored yet; try again', 1_000));
  }

  #tell(held: Held, problem: Failure): void {
    held.told = true;
    this.#settle(held.entry, problem);
  }
}
