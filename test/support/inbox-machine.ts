/** One inbox's machine alone: requests and outcomes in, effects out. */
import { caughtUp } from '../../src/inbox/arrivals.ts';
import { attach } from '../../src/inbox/connections.ts';
import type { Ask, Effect } from '../../src/inbox/effects.ts';
import { settled } from '../../src/inbox/incoming.ts';
import { recipientFound } from '../../src/inbox/pending.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import { type Context, createInboxState, type InboxState, type LoadedState } from '../../src/inbox/state.ts';
import { tick } from '../../src/inbox/time.ts';
import { type Whisper, whisperOf } from '../../src/inbox/whisper.ts';
import type { WhisperCreated } from '../../src/protocol/inbox-events.ts';
import type { ReadPage } from '../../src/log/committed-event.ts';
import type { UserRef } from '../../src/protocol/entities.ts';
import type { Failure } from '../../src/protocol/errors.ts';
import type { ChatPolicy } from '../../src/protocol/permissions.ts';
import { compileDataReader } from '../../src/protocol/request-data.ts';
import { type AnyFrame, userOf } from './channel-machine.ts';
import { OPEN_POLICY } from './open-policy.ts';

const table = new Map(
  INBOX_COMMANDS.map(({ type, data, handle }) => [type as string, { handle, read: compileDataReader(data) }]),
);

/** The only effect of `kind` among `effects`. */
export function only<Kind extends Effect['kind']>(
  effects: readonly Effect[],
  kind: Kind,
): Extract<Effect, { kind: Kind }> {
  const found = effects.filter((effect) => effect.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} effects are ${kind}`);
  return found[0] as Extract<Effect, { kind: Kind }>;
}

/** The frames that `effects` send to one connection or tell several. */
export function framesOf(effects: readonly Effect[]): AnyFrame[] {
  return effects.flatMap((effect) => ('frame' in effect ? [JSON.parse(effect.frame) as AnyFrame] : []));
}

/** The code of the only frame, an error. */
export function codeOf(effects: readonly Effect[]): unknown {
  return framesOf(effects)[0]?.data['code'];
}

/** The whisper that an inbox is asked to place. */
export function whisperIn(ask: Ask): Whisper {
  if (ask.kind !== 'send') throw new Error('no whisper is sent');
  return ask.whisper;
}

/** A whisper as its sender's inbox asks for it. */
export function whisperFrom(
  from: string,
  to: string,
  id: string,
  over: Partial<WhisperCreated> = {},
): Whisper {
  const [sender, recipient] = [userOf(from), userOf(to)];
  const parties = { from: { id: sender.id, name: from }, to: { id: recipient.id, name: to } };
  return whisperOf({ id, ...parties, content: `content of ${id}`, ...over }, 1);
}

export class InboxMachine {
  readonly state: InboxState;
  readonly owner = userOf('ada');
  policy: ChatPolicy = OPEN_POLICY;
  unreadLimit: number | null = null;
  readonly banned = new Set<string>();
  /** Monotonic ms. */
  time = 0;
  #ids = 0;

  /** Ada's inbox. */
  constructor(loaded: Partial<LoadedState> = {}) {
    const nothing = { epoch: 'e1', head: 0, conversations: [], blocked: [], policy: 'anyone' } as const;
    this.state = createInboxState(
      { owner: this.owner.id, ...nothing, ...loaded },
      { events: 100, size: 1_000_000 },
    );
  }

  get context(): Context {
    return {
      now: 1_700_000_000_000 + this.time,
      mono: this.time,
      policy: this.policy,
      unreadLimit: this.unreadLimit,
      isBanned: (userId) => this.banned.has(userId),
      newId: () => {
        this.#ids += 1;
        return `w-${this.#ids}`;
      },
    };
  }

  attach(connection: number): Effect[] {
    return [...attach(this.state, connection, this.owner)];
  }

  /** A request of one of Ada's connections; throws for data that isn't valid. */
  run(type: string, data: object = {}, ref = 'r', connection = 1, user = this.owner): Effect[] {
    const command = table.get(type);
    if (command === undefined) throw new Error(`no command ${type}`);
    const read = command.read(data, Object.keys(data).length);
    if (!read.ok) throw new Error(read.failure.message);
    const request = { from: { connection, user }, waiter: { connection, ref }, data: read.value as never };
    return [...command.handle(this.state, request, this.context)];
  }

  /** Answers the only `find` among `effects`, which is for a send. */
  found(effects: readonly Effect[], person: UserRef | Failure | null): Effect[] {
    const { purpose } = only(effects, 'find');
    if (purpose.kind !== 'send') throw new Error('it is not for a send');
    return [...recipientFound(this.state, purpose.send, person, this.context)];
  }

  /** A send to Bob that is asked of his inbox. */
  send(content: string, ref = 'r', connection = 1, clientMessageId?: string): Whisper {
    const key = clientMessageId === undefined ? {} : { clientMessageId };
    const data = { to: { id: 'u-bob' }, content, ...key };
    const effects = this.run('whisper:send', data, ref, connection);
    const asks = effects.some(({ kind }) => kind === 'find')
      ? this.found(effects, { id: 'u-bob', name: 'bob' })
      : effects;
    return whisperIn(only(asks, 'ask').ask);
  }

  /** The batch with the only entry among `effects` is committed: at `seq` here, at `sentSeq` in the sender's log. */
  commit(effects: readonly Effect[], seq: number, sentSeq = seq): Effect[] {
    const { entry } = only(effects, 'append');
    const companions = (entry.companions ?? []).map(({ id }) => ({ id, seq: sentSeq, duplicate: false }));
    return [...settled(this.state, entry, { id: entry.id, seq, duplicate: false, companions }, this.context)];
  }

  /** What `catchUp` asked for was read. */
  caughtUp(page: ReadPage): Effect[] {
    return [...caughtUp(this.state, page, this.context)];
  }

  pass(ms: number): Effect[] {
    this.time += ms;
    return [...tick(this.state, this.context)];
  }
}
