/**
 * One incarnation's way to what is kept of inboxes: calls take their time, fail with the database's weather, and outlive
 * who made them, until a fence ends them. Marks only grow, so those that nobody knows of may land any time before.
 */
import { failure } from '../../src/protocol/errors.ts';
import { fail, type Result } from '../../src/protocol/result.ts';
import type { InboxStore } from '../../src/shard/ports/inbox-store.ts';
import type { SimLogs } from './sim-log.ts';
import type { SimWorld } from './sim-world.ts';

const AWAY = failure('unavailable', 'the database is away (injected)', 1_000);

export class SimInboxes implements InboxStore {
  readonly #world: SimWorld;
  readonly #logs: SimLogs;
  readonly #isDead: () => boolean;
  /** Nothing that it still has under way lands any more. */
  isFenced = false;

  constructor(world: SimWorld, logs: SimLogs, isDead: () => boolean) {
    this.#world = world;
    this.#logs = logs;
    this.#isDead = isDead;
  }

  load: InboxStore['load'] = async (owners) => this.#read(() => this.#world.inboxes.load(owners));
  history: InboxStore['history'] = async (...args) => this.#read(() => this.#world.inboxes.history(...args));
  conversations: InboxStore['conversations'] = async (...args) =>
    this.#read(() => this.#world.inboxes.conversations(...args));
  find: InboxStore['find'] = async (...args) => this.#read(() => this.#world.inboxes.find(...args));
  blocks: InboxStore['blocks'] = async (owner) => this.#read(() => this.#world.inboxes.blocks(owner));
  findPerson: InboxStore['findPerson'] = async (key) => this.#read(() => this.#world.inboxes.findPerson(key));
  findTarget: InboxStore['findTarget'] = async (key) => this.#read(() => this.#world.inboxes.findTarget(key));
  blockers: InboxStore['blockers'] = async (...args) =>
    this.#read(() => this.#world.inboxes.blockers(...args));
  heads: InboxStore['heads'] = async (owners) => this.#read(() => this.#world.inboxes.heads(owners));
  findNames: InboxStore['findNames'] = async (keys) => this.#read(() => this.#world.inboxes.findNames(keys));
  mark: InboxStore['mark'] = async (marks) => this.#change(() => this.#world.inboxes.mark(marks), true);
  block: InboxStore['block'] = async (...args) =>
    this.#change(() => this.#world.inboxes.block(...args), false);
  unblock: InboxStore['unblock'] = async (...args) =>
    this.#change(() => this.#world.inboxes.unblock(...args), false);
  setPolicy: InboxStore['setPolicy'] = async (...args) =>
    this.#change(() => this.#world.inboxes.setPolicy(...args), false);

  async #read<T>(read: () => Promise<Result<T>>): Promise<Result<T>> {
    await this.#pause();
    if (this.#fails()) return fail(AWAY);
    const value = await read();
    await this.#pause();
    return value;
  }

  async #change<T>(change: () => Promise<Result<T>>, isCommutative: boolean): Promise<Result<T>> {
    const { random } = this.#world;
    await this.#pause();
    if (this.#logs.weather === 'away') return fail(AWAY);
    if (this.#isDead()) {
      if (random.chance(0.5)) this.#later(change);
      return fail(AWAY);
    }
    if (this.#fails()) {
      // Whether it landed nobody knows.
      if (random.chance(0.5)) await change();
      else if (isCommutative && random.chance(0.5)) this.#later(change);
      return fail(AWAY);
    }
    const value = await change();
    await this.#pause();
    return value;
  }

  #later(change: () => Promise<unknown>): void {
    const { random, clock } = this.#world;
    clock.after(random.int(0, 3_000), () => {
      if (!this.isFenced) void change();
    });
  }

  #fails(): boolean {
    const { weather } = this.#logs;
    return weather === 'away' || (weather === 'flaky' && this.#world.random.chance(0.25));
  }

  async #pause(): Promise<void> {
    const { random, clock } = this.#world;
    const ms = random.chance(0.1) ? random.int(0, 150) : random.int(0, 8);
    return new Promise((resolve) => {
      clock.after(ms, resolve);
    });
  }
}
