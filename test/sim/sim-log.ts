/** The database's weather, and a shard's way into it: calls take their time, fail, and outlive who made them. */
import type { LogEntry } from '../../src/shard/ports/channel-log.ts';
import { type AppendFault, MemoryLog } from '../../src/storage/memory-log.ts';
import type { SimWorld } from './sim-world.ts';

const APPEND_FAULTS: readonly AppendFault[] = [
  'refused',
  'unavailable',
  'unknown-landed',
  'unknown-lost',
  'unknown-late',
];

/** How the database is now. */
export type Weather = 'calm' | 'flaky' | 'away';

export class SimLogs {
  weather: Weather = 'calm';
  readonly #world: SimWorld;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /**
   * One incarnation's log. A call of one that `isDead` is lost, or lands any time later, like a zombie's, unless it
   * `isFenced` by then.
   */
  open(shard: number, isDead: () => boolean, isFenced = (): boolean => false): MemoryLog {
    const { random, clock, store } = this.#world;
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        clock.after(random.chance(0.1) ? random.int(0, 150) : random.int(0, 12), () => {
          if (!isDead()) resolve();
          else if (random.chance(0.5)) {
            clock.after(random.int(0, 3_000), () => {
              if (!isFenced()) resolve();
            });
          }
        });
      });
    const appendFault = (entries: readonly LogEntry[]): AppendFault | null => {
      this.#checkBatch(entries);
      const fault = this.#appendFault();
      if (fault !== null) this.#world.note(`log of shard ${shard}: ${fault} for ${entries.length}`);
      if (fault === 'unknown-late') clock.after(random.int(1, 2_000), () => void log.commitLate());
      return fault;
    };
    const readFault = (): boolean =>
      this.weather === 'away' || (this.weather === 'flaky' && random.chance(0.25));
    const log = new MemoryLog(store, { appendFault, readFault, pause }, `shard-${shard}`);
    return log;
  }

  /** The same with a log that ends what it still has under way before it says that something isn't there. */
  openFinal(shard: number, isDead: () => boolean, isFenced: () => boolean): MemoryLog {
    const log = this.open(shard, isDead, isFenced);
    const locate = log.locate.bind(log);
    log.locate = async (entries) => {
      const located = await locate(entries);
      if (located.ok) this.#world.store.dropDelayed(`shard-${shard}`, {});
      return located;
    };
    return log;
  }

  /** The same with a log whose answers take their time as well: what they tell may be old when it comes. */
  openSlow(shard: number, isDead: () => boolean): MemoryLog {
    const { random, clock } = this.#world;
    const log = this.open(shard, isDead);
    const late = async <T>(answer: Promise<T>): Promise<T> => {
      const told = await answer;
      await new Promise<void>((resolve) => {
        clock.after(random.int(0, 20), resolve);
      });
      return told;
    };
    const [read, find] = [log.read.bind(log), log.find.bind(log)];
    log.read = (...args) => late(read(...args));
    log.find = (...args) => late(find(...args));
    return log;
  }

  #appendFault(): AppendFault | null {
    const { random } = this.#world;
    if (this.weather === 'away') return 'unavailable';
    return this.weather === 'flaky' && random.chance(0.35) ? random.pick(APPEND_FAULTS) : null;
  }

  /** The port's contract: no two entries of a batch share a (log, sender, clientMessageId). */
  #checkBatch(entries: readonly LogEntry[]): void {
    const keys = entries.flatMap(({ log, sender, clientMessageId }) =>
      clientMessageId === undefined ? [] : [`${log} ${sender} ${clientMessageId}`],
    );
    if (new Set(keys).size !== keys.length) this.#world.broken('twins in one batch');
  }
}
