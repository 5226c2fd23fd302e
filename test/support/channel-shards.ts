/**
 * A channel as several servers of one database hold it: one of them takes the requests, others only see its events. What
 * takes time happens at once.
 */
import { NO_AUTOMOD } from '../../src/automod/verdict.ts';
import { personFound } from '../../src/channel/acts.ts';
import { blockersFound } from '../../src/channel/mentions.ts';
import { asWhenNew } from '../../src/channel/message-extras.ts';
import { messageFound } from '../../src/channel/searches.ts';
import { missingRequirement } from '../../src/channel/command.ts';
import type { Effect } from '../../src/channel/effects.ts';
import { apply, fillRing, settle } from '../../src/channel/log-events.ts';
import { PageTexts } from '../../src/channel/page-texts.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { type ChannelState, type Context, createChannelState } from '../../src/channel/state.ts';
import { takeOver } from '../../src/channel/tables.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import { compileCommands } from '../../src/shard/request.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { OPEN_POLICY } from './open-policy.ts';

const CHANNEL = 'room';
const table = compileCommands(CHANNEL_COMMANDS, []);

/** What a state has of the channel apart from who is connected and what is under way. */
export function tablesOf(state: ChannelState): object {
  const { name, topic, settings, members, sanctions, pins, head, exists } = state;
  return { name, topic, private: state.private, settings, members, sanctions, pins: [...pins], head, exists };
}

export class ChannelShards {
  readonly store = new MemoryLogStore();
  /** The frames of refusals, and acks, in order. */
  readonly answers: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
  now = 1_000_000;
  readonly #log = new MemoryLog(this.store);
  readonly #people: readonly Principal[];
  #state: ChannelState | null = null;
  #ids = 0;

  constructor(people: readonly Principal[]) {
    this.#people = people;
  }

  /** The state that takes the requests. */
  async state(): Promise<ChannelState> {
    this.#state ??= await this.fresh();
    return this.#state;
  }

  /** A state as it loads now. */
  async fresh(): Promise<ChannelState> {
    const { page, ...loaded } = await this.#load();
    const state = createChannelState(loaded, { events: 100, size: 100_000 });
    fillRing(state, page.events);
    return state;
  }

  /** Shows a state what stands in the log behind its head; one of a channel without a record reads that, as an actor does. */
  async catchUp(state: ChannelState): Promise<void> {
    const isFounded = !state.exists;
    for (const event of this.store.log(`channel:${CHANNEL}`).events.slice(state.head)) {
      apply(state, asWhenNew(event), this.context());
    }
    if (isFounded) takeOver(state, await this.#load(), this.context());
  }

  /** One request by the person `index`, over the connection of that number; invalid data is an error of the test. */
  async request(index: number, type: string, data: object = {}): Promise<void> {
    const command = table.get(type);
    const user = this.#people[index];
    if (command?.route !== 'channel' || user === undefined) throw new Error(`no ${type} by ${index}`);
    const read = command.readData(data, Object.keys(data).length);
    if (!read.ok) throw new Error(`${type}: ${read.failure.message}`);
    const state = await this.state();
    const from = { connection: index, user };
    const missing = missingRequirement(command.requires, state, from, this.context());
    if (missing !== null) {
      this.answers.push({ type: 'error', data: { ...missing } });
      return;
    }
    const waiter = { connection: index, ref: 'r' };
    this.#perform(state, command.handle(state, { from, waiter, data: read.value }, this.context()));
  }

  async #load() {
    const loaded = await this.#log.load(CHANNEL, 100, 100_000);
    if (!loaded.ok) throw new Error(loaded.reason);
    const { channel, tables, page } = loaded.value;
    const { name = CHANNEL, topic } = channel ?? {};
    return {
      ...{ id: CHANNEL, exists: channel !== null, name, private: channel?.private ?? false },
      ...(topic === undefined ? {} : { topic }),
      ...{ epoch: page.epoch, head: page.head, tables, page },
    };
  }

  context(): Context {
    return {
      now: this.now,
      mono: this.now,
      policy: OPEN_POLICY,
      automod: NO_AUTOMOD,
      pageTexts: new PageTexts(1_000),
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
    };
  }

  #perform(state: ChannelState, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'append') {
        const { entry } = effect;
        const outcome = this.store.commit([entry]);
        const [placed] = outcome.status === 'committed' ? outcome.placements : [];
        if (placed === undefined) throw new Error(JSON.stringify(outcome));
        this.#perform(state, settle(state, entry, placed, this.context()));
        if (placed.seq === state.head + 1)
          this.#perform(state, apply(state, { ...entry, seq: placed.seq }, this.context()));
      } else if (effect.kind === 'findPerson') {
        const { person } = effect;
        const found = this.#people.find(({ id, name }) =>
          'id' in person ? id === person.id : name === person.name,
        );
        this.#perform(state, personFound(state, effect.pending, found ?? null, this.context()));
      } else if (effect.kind === 'findBlockers') {
        const { author, mentioned } = effect;
        this.#perform(state, blockersFound(state, author, mentioned, [], this.context()));
      } else if (effect.kind === 'find') {
        const found = this.store.log(state.log).events.find(({ id }) => id === effect.id);
        this.#perform(state, messageFound(state, effect.id, found ?? null, this.context()));
      } else if (effect.kind === 'send') {
        this.answers.push(JSON.parse(effect.frame) as (typeof this.answers)[number]);
      }
    }
  }
}
