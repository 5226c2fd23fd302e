/** A channel's machine alone: commands and outcomes in, effects out, with a log that is a list. */
import { type Automod, NO_AUTOMOD } from '../../src/automod/verdict.ts';
import { personFound, type TargetUser } from '../../src/channel/acts.ts';
import { missingRequirement } from '../../src/channel/command.ts';
import type { Effect } from '../../src/channel/effects.ts';
import type { AppendEntry, ReadRange } from '../../src/log/entry.ts';
import { raiseFloor } from '../../src/channel/floor.ts';
import { apply, settle } from '../../src/channel/log-events.ts';
import { blockersFound } from '../../src/channel/mentions.ts';
import { pageRead } from '../../src/channel/page-reads.ts';
import { PageTexts } from '../../src/channel/page-texts.ts';
import { messageFound } from '../../src/channel/searches.ts';
import { exit, presenceTick } from '../../src/channel/presence.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { type ChannelState, type Context, createChannelState } from '../../src/channel/state.ts';
import { typingTick } from '../../src/channel/typing.ts';
import type { CommittedEvent, DatedPage } from '../../src/log/committed-event.ts';
import type { RingBounds } from '../../src/log/ring.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import type { Failure } from '../../src/protocol/errors.ts';
import type { ChatPolicy } from '../../src/protocol/permissions.ts';
import { nameKey } from '../../src/protocol/text.ts';
import { askHeld } from '../../src/shard/ask-held.ts';
import type { HeldStore } from '../../src/shard/ports/held-store.ts';
import { compileCommands } from '../../src/shard/request.ts';
import { backToMessages } from '../../src/storage/memory/page-bounds.ts';
import { OPEN_POLICY } from './open-policy.ts';

const table = compileCommands(CHANNEL_COMMANDS, []);
const WALL = 1_700_000_000_000;

/** A registered user. */
export function userOf(name: string, over: Partial<Principal> = {}): Principal {
  return { id: `u-${name}`, name, guest: false, roles: ['user'], ...over };
}

/** What a frame from a channel holds. */
export interface AnyFrame {
  readonly type: string;
  readonly ref?: string;
  readonly seq?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An effect's frame as an object. */
export function frameOf(effect: Effect | undefined): AnyFrame {
  if (effect === undefined || !('frame' in effect)) throw new Error('an effect without a frame');
  return JSON.parse(effect.frame) as AnyFrame;
}

export class ChannelMachine {
  readonly state: ChannelState;
  readonly log: CommittedEvent[] = [];
  /** The first event that the log still shows. */
  floor = 1;
  policy: ChatPolicy = OPEN_POLICY;
  automod: Automod = NO_AUTOMOD;
  /** Whom the store knows, by id: whoever asked for something here. */
  readonly people = new Map<string, TargetUser>();
  /** Ids of those who block somebody, by whom; or why that isn't known. */
  readonly blockers = new Map<string, readonly string[] | Failure>();
  /** Monotonic ms; the wall clock follows. */
  time = 0;
  readonly #pageTexts = new PageTexts(1_000_000);
  #ids = 0;

  constructor(bounds: RingBounds = { events: 100, size: 1_000_000 }, exists = true) {
    this.state = createChannelState(
      { id: 'room', exists, name: 'room', private: false, epoch: 'e1', head: 0 },
      bounds,
    );
  }

  get context(): Context {
    return {
      now: WALL + this.time,
      mono: this.time,
      policy: this.policy,
      automod: this.automod,
      pageTexts: this.#pageTexts,
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
    };
  }

  /** A request as the shard runs it, without a `ref` when that is null; a missing requirement or invalid data comes back as an `error` effect. */
  run(
    type: string,
    connection: number,
    user: Principal,
    data: object = {},
    ref: string | null = 'r',
  ): Effect[] {
    const command = table.get(type);
    if (command?.route !== 'channel') throw new Error(`no command ${type}`);
    const read = command.readData(data, Object.keys(data).length);
    if (!read.ok) throw new Error(read.failure.message);
    const from = { connection, user };
    this.people.set(user.id, user);
    const missing = missingRequirement(command.requires, this.state, from, this.context);
    if (missing !== null)
      return [{ kind: 'send', to: connection, frame: JSON.stringify({ type: 'error', data: missing }) }];
    const waiter = { connection, ref: ref ?? undefined };
    return this.answered(command.handle(this.state, { from, waiter, data: read.value }, this.context));
  }

  /** The effects, with what the store answers at once in the place of its questions: who blocks whom, and people it knows. */
  answered(effects: readonly Effect[]): Effect[] {
    return effects.flatMap((effect) => {
      if (effect.kind === 'findBlockers') {
        const { author, mentioned } = effect;
        const blockers = this.blockers.get(author) ?? [];
        return this.answered(blockersFound(this.state, author, mentioned, blockers, this.context));
      }
      if (effect.kind !== 'findPerson') return [effect];
      const { person, pending } = effect;
      const found = [...this.people.values()].find(({ id, name }) =>
        'id' in person ? id === person.id : nameKey(name) === nameKey(person.name),
      );
      if (found === undefined && pending.known === undefined) return [effect];
      return this.answered(personFound(this.state, pending, found ?? null, this.context));
    });
  }

  join(connection: number, user: Principal, data: object = {}): Effect[] {
    return this.run('channel:join', connection, user, data);
  }

  /** The line of a connection breaks. */
  breakOff(connection: number): Effect[] {
    return exit(this.state, connection, 'broken', this.context);
  }

  /** Time passes; what ends by itself does. */
  pass(ms: number): Effect[] {
    this.time += ms;
    return [...presenceTick(this.state, this.context), ...typingTick(this.state, this.context)];
  }

  /** The log takes an entry. */
  append(entry: Omit<AppendEntry, 'log'>): CommittedEvent & Pick<AppendEntry, 'changes'> {
    const event = { ...entry, seq: this.log.length + 1 };
    this.log.push(event);
    return event;
  }

  /** A committed event is published. */
  publish(event: CommittedEvent & Pick<AppendEntry, 'changes'>): Effect[] {
    return [...apply(this.state, event, this.context)];
  }

  /** The entry's outcome. */
  settle(
    id: string,
    outcome: { readonly id: string; readonly seq: number; readonly duplicate: boolean } | Failure,
  ): Effect[] {
    const flying = [...this.state.inFlight.entries(), ...this.state.purging.keys()];
    const entry = flying.find((one) => one.id === id);
    return entry === undefined ? [] : [...settle(this.state, entry, outcome, this.context)];
  }

  /** A committed and published message that nobody waits for. */
  grow(count: number, size = 1): void {
    for (let index = 0; index < count; index += 1) {
      const id = `grown-${this.log.length + 1}`;
      const data = JSON.stringify({ id, content: 'x'.repeat(size) });
      this.publish(this.append({ id, type: 'message:created', sender: 'u-x', timestamp: WALL, data }));
    }
  }

  /** What the log gives for a range, as storage reads it: bounded by `maxBytes` of data. */
  read(range: ReadRange, maxBytes = 256 * 1024): DatedPage {
    const { direction, seq = 0 } = range;
    const log = this.log.slice(this.floor - 1);
    const candidates =
      direction === 'after'
        ? log.filter((event) => event.seq > seq)
        : log.filter((event) => direction === 'newest' || event.seq < seq).reverse();
    const limit = range.ofMessages === true ? backToMessages(candidates, range.limit) : range.limit;
    let bytes = 0;
    let count = 0;
    for (const event of candidates) {
      bytes += Buffer.byteLength(event.data);
      if (count === limit || (count > 0 && bytes > maxBytes)) break;
      count += 1;
    }
    const taken = candidates.slice(0, count);
    const events = direction === 'after' ? taken : taken.reverse();
    return { events, hasMore: candidates.length > count, head: this.log.length, floor: this.floor };
  }

  /** The shard is told where the log begins. */
  tellFloor(): boolean {
    return raiseFloor(this.state, this.floor, this.context);
  }

  /** Answers the `find` among the effects. */
  answerFind(effects: readonly Effect[], found: CommittedEvent | Failure | null): Effect[] {
    return effects.flatMap((effect) =>
      effect.kind === 'find' ? [...messageFound(this.state, effect.id, found, this.context)] : [effect],
    );
  }

  /** Asks `store` what the effects ask of held messages, and what the answers ask, until nothing is asked any more. */
  async answerHeld(effects: readonly Effect[], store: HeldStore): Promise<Effect[]> {
    const all: Effect[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'held') {
        all.push(effect);
        continue;
      }
      const answer = await askHeld(store, this.state.id, effect.ask);
      const answered = this.answered(answer(this.state, this.context));
      all.push(...(await this.answerHeld(answered, store)));
    }
    return all;
  }

  /** Answers the `select` among the effects with `page`. */
  answerSelect(effects: readonly Effect[], page: DatedPage): Effect[] {
    return effects.flatMap((effect) =>
      effect.kind === 'select' ? [...pageRead(this.state, effect.purpose, page, this.context)] : [effect],
    );
  }

  /** Answers the `read` among the effects, as the log is or with `page`; the others stay. */
  answerRead(effects: readonly Effect[], page?: DatedPage | Failure): Effect[] {
    return effects.flatMap((effect) =>
      effect.kind === 'read'
        ? [...pageRead(this.state, effect.purpose, page ?? this.read(effect.range), this.context)]
        : [effect],
    );
  }
}
