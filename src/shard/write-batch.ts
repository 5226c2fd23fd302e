/**
 * The shard's way into the log: entries gather while a batch commits, so the batch grows with the load by itself.
 *
 * Entries of channels and of inboxes wait in queues of their own, each with the same bounds. When both wait each gets half
 * a batch, and what one doesn't need is the other's: a flood of one keeps the other waiting for a batch at most.
 *
 * An entry and its companions are one to it: in one batch, tried and given up together, told together. One batch is on its
 * way at a time. What it can come to, and who moves on:
 * - committed: every entry is told its placement;
 * - gone: channels of it were deleted, or are others by now. Their entries are told {@link CHANNEL_GONE}, the rest is tried again;
 * - refused: the halves are tried in order, down to the one entry that fails; the rest lands;
 * - unavailable: nothing landed; tried again with growing pauses. An entry of it that has waited `giveUpMs` is told
 *   `unavailable` and forgotten;
 * - unknown: nothing else is written until the log has said which entries landed. Those are told their placement, late
 *   ones too, because listeners must see what is in the log; the others are tried again under their ids.
 *
 * An entry that has waited `giveUpMs` for its turn is told `unavailable` and forgotten too, whatever the log does
 * meanwhile: it may be slow, or not answer at all. One that is being written then isn't: its outcome is near, and who was
 * told to send it again would take another one's place in a log that is slow already.
 */
import { failure, type Failure } from '../protocol/errors.ts';
import { EntryBatch, EntryQueue, epochsOf, HeldEntry, rowsOf } from './entry-queue.ts';
import type {
  AppendEntry,
  AppendOutcome,
  ChannelLog,
  GroupPlacement,
  LogEntry,
  LogKey,
  Placement,
} from './ports/channel-log.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';
import type { RecordedCommit } from './shard-traces.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';

/** What an entry is told whose channel was deleted, here or by another server. */
export const CHANNEL_GONE: Failure = Object.freeze(failure('not_found', 'this channel was deleted'));

/** Companions of an entry that has none. */
const NONE: readonly Placement[] = Object.freeze([]);

/** Hears what becomes of an entry: exactly once, but for one given up on, which may still be placed later. */
export type SettleEntry = (
  entry: AppendEntry,
  outcome: GroupPlacement | Failure,
  /** Of the channel that it was written for. */
  epoch: string | undefined,
) => void;

export class WriteBatch {
  readonly #log: ChannelLog;
  readonly #ports: Pick<ShardPorts, 'timers' | 'recorder' | 'logger' | 'traces'>;
  readonly #bounds: ShardBounds;
  readonly #settle: SettleEntry;
  readonly #channels = new EntryQueue();
  readonly #inboxes = new EntryQueue();
  /** They take turns in being first, so that an entry larger than half a batch has its turn too. */
  #turns: readonly [EntryQueue, EntryQueue] = [this.#channels, this.#inboxes];
  /** The batch that is being written. */
  #underWay = new EntryBatch();
  #running: Promise<void> | null = null;
  #cancelExpiry: (() => void) | null = null;
  #closed = false;

  constructor(
    log: ChannelLog,
    ports: Pick<ShardPorts, 'timers' | 'recorder' | 'logger' | 'traces'>,
    bounds: ShardBounds,
    settle: SettleEntry,
  ) {
    this.#log = log;
    this.#ports = ports;
    this.#bounds = bounds;
    this.#settle = settle;
  }

  /** Rows that wait or are being written. */
  get depth(): number {
    return this.#waiting + this.#underWay.rows;
  }

  get #waiting(): number {
    return this.#channels.rows + this.#inboxes.rows;
  }

  /** Takes the entry, or says `overloaded` when as much of its kind waits as may. `epoch`: of the channel that it is written for. */
  add(entry: AppendEntry, epoch?: string): Failure | null {
    const queue = entry.log.startsWith('inbox:') ? this.#inboxes : this.#channels;
    if (queue.rows >= this.#bounds.heldEntries || queue.size >= this.#bounds.heldSize) {
      return failure('overloaded', 'too many messages wait to be stored', 1_000);
    }
    const until = this.#ports.timers.mono() + this.#bounds.giveUpMs;
    queue.push(new HeldEntry(entry, until, epoch, this.#ports.traces?.appended(entry) ?? null));
    this.#expireLater();
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
    this.#cancelExpiry?.();
  }

  async #run(): Promise<void> {
    // What arrives in the same tick goes into the same batch.
    await Promise.resolve();
    while (this.#waiting > 0 && !this.#closed) {
      this.#underWay = this.#takeBatch();
      await this.#write(this.#underWay.held, false);
      this.#underWay = new EntryBatch();
    }
    this.#running = null;
  }

  #takeBatch(): EntryBatch {
    const { batchEntries, batchSize } = this.#bounds;
    const [halfEntries, halfSize] = [Math.ceil(batchEntries / 2), Math.ceil(batchSize / 2)];
    const [first, second] = this.#turns;
    const batch = new EntryBatch();
    first.fill(batch, halfEntries, halfSize);
    second.fill(
      batch,
      Math.min(batchEntries, batch.rows + halfEntries),
      Math.min(batchSize, batch.size + halfSize),
    );
    for (const queue of this.#turns) queue.fill(batch, batchEntries, batchSize);
    this.#turns = [second, first];
    return batch;
  }

  async #write(batch: readonly HeldEntry[], retry: boolean): Promise<void> {
    let rest = batch;
    let again = retry;
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = nextPause(pause)) {
      rest = rest.filter((held) => !held.told);
      if (rest.length === 0) return;
      const startedAt = this.#ports.timers.mono();
      const rows = rowsOf(rest);
      const epochs = epochsOf(rest);
      const outcome = await this.#append(rest, rows, again, epochs);
      switch (outcome.status) {
        case 'committed':
          this.#ports.recorder.committed(rows.length, this.#ports.timers.mono() - startedAt);
          this.#place(rest, outcome.placements);
          return;
        case 'gone':
          rest = this.#tellGone(rest, outcome.logs, epochs);
          continue;
        case 'refused':
          await this.#bisect(rest, again, outcome.reason);
          return;
        case 'unavailable':
          this.#ports.recorder.uncommitted();
          this.#ports.logger.warn({ reason: outcome.reason, entries: rows.length }, 'the log is unavailable');
          break;
        case 'unknown':
          this.#ports.recorder.uncommitted();
          this.#ports.logger.warn(
            { reason: outcome.reason, entries: rows.length },
            'outcome of a batch unknown',
          );
          rest = await this.#resolve(rest);
          again = true;
          break;
      }
      await this.#pause(pause);
    }
  }

  async #append(
    batch: readonly HeldEntry[],
    rows: readonly LogEntry[],
    retry: boolean,
    epochs: ReadonlyMap<LogKey, string>,
  ): Promise<AppendOutcome> {
    const { traces } = this.#ports;
    if (traces === undefined) return this.#log.append(rows, { retry, epochs });
    const span = traces.batch(
      batch.map(({ trace }) => trace),
      rows.length,
    );
    if (span === null) return this.#log.append(rows, { retry, epochs });
    const running = (statement: string): (() => void) => traces.statement(span, statement);
    const outcome = await this.#log.append(rows, { retry, epochs, running });
    span.end(outcome.status === 'committed' ? null : outcome.status);
    return outcome;
  }

  /** Tells those that were written for a channel that is gone; returns the others. */
  #tellGone(
    batch: readonly HeldEntry[],
    logs: readonly LogKey[],
    epochs: ReadonlyMap<LogKey, string>,
  ): readonly HeldEntry[] {
    const gone = batch.filter(
      ({ entry, epoch }) => logs.includes(entry.log) && epoch === epochs.get(entry.log),
    );
    if (gone.length === 0)
      throw new Error(`the log refused entries of ${logs.join()}, of which there are none`);
    for (const held of gone) this.#tell(held, CHANNEL_GONE);
    return batch.filter((held) => !held.told);
  }

  async #bisect(batch: readonly HeldEntry[], retry: boolean, reason: string): Promise<void> {
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
  async #resolve(batch: readonly HeldEntry[]): Promise<readonly HeldEntry[]> {
    for (let pause = FIRST_PAUSE_MS; !this.#closed; pause = nextPause(pause)) {
      const located = await this.#log.locate(rowsOf(batch));
      if (located.ok) return this.#place(batch, located.value);
      await this.#pause(pause);
    }
    return [];
  }

  /** Tells those entries that have their places, all companions included; returns the others. */
  #place(batch: readonly HeldEntry[], placements: readonly (Placement | null)[]): readonly HeldEntry[] {
    const lost: HeldEntry[] = [];
    let at = 0;
    for (const held of batch) {
      const main = placements[at];
      if (main === undefined) throw new Error('the log placed fewer entries than it was given');
      const companions = companionsOf(held.entry, placements, at + 1);
      at += held.rows;
      if (main === null || companions === null) {
        lost.push(held);
        continue;
      }
      held.told = true;
      // An entry that stands under its own id is no duplicate, even when an earlier try put it there.
      const { id, seq } = main;
      const duplicate = id !== held.entry.id || (main.duplicate && held.entry.isShared === true);
      this.#settled(held, { id, seq, duplicate, companions });
    }
    return lost;
  }

  /** Waits, and gives up on what of the batch has waited too long. */
  async #pause(delayMs: number): Promise<void> {
    await paused(this.#ports.timers, delayMs);
    const now = this.#ports.timers.mono();
    for (const held of this.#underWay.held) if (held.until <= now && !held.told) this.#giveUp(held);
  }

  /** Sees to it that what waits for its turn is given up in time. */
  #expireLater(): void {
    if (this.#cancelExpiry !== null) return;
    const { timers } = this.#ports;
    const at = Math.min(this.#channels.nextExpiry, this.#inboxes.nextExpiry);
    if (at === Infinity) return;
    this.#cancelExpiry = timers.after(at - timers.mono(), () => {
      this.#cancelExpiry = null;
      const now = timers.mono();
      for (const queue of [this.#channels, this.#inboxes]) {
        for (const held of queue.takeExpired(now)) this.#giveUp(held);
      }
      this.#expireLater();
    });
  }

  #giveUp(held: HeldEntry): void {
    this.#tell(held, failure('unavailable', 'the message could not be stored yet; try again', 1_000));
  }

  #tell(held: HeldEntry, problem: Failure): void {
    held.told = true;
    this.#settled(held, problem);
  }

  #settled(held: HeldEntry, outcome: GroupPlacement | Failure): void {
    const { trace } = held;
    if (trace === null) this.#settle(held.entry, outcome, held.epoch);
    else this.#settledRecorded(held, trace, outcome);
  }

  /** Apart, so that what isn't recorded makes no closure. */
  #settledRecorded(
    { entry, epoch }: HeldEntry,
    trace: RecordedCommit,
    outcome: GroupPlacement | Failure,
  ): void {
    this.#ports.traces?.settled(trace, outcome, () => {
      this.#settle(entry, outcome, epoch);
    });
  }
}

/** Where the companions of an entry stand, their placements beginning at `from`; null when one has none. */
function companionsOf(
  { companions }: AppendEntry,
  placements: readonly (Placement | null)[],
  from: number,
): readonly Placement[] | null {
  if (companions === undefined) return NONE;
  const placed: Placement[] = [];
  for (const [nth, entry] of companions.entries()) {
    const place = placements[from + nth] ?? null;
    if (place === null) return null;
    placed.push({ ...place, duplicate: place.id !== entry.id });
  }
  return placed;
}
