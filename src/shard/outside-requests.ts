/**
 * Requests that come over no connection, to channels and inboxes: REST makes them in its users' names, by the commands that WebSocket
 * has and some of its own.
 */
import { missingOutside } from '../channel/command.ts';
import { refuse } from '../log/answers.ts';
import type { ChannelState, Context, Effects } from '../channel/state.ts';
import type { ConnectionKey, Waiter } from '../log/waiter.ts';
import type { JsonObject, Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { InboxTable } from './inbox-table.ts';
import type { CommandTable } from './request.ts';

const REF = 'outside';

interface Answer {
  readonly type: string;
  readonly data: unknown;
}

export class OutsideRequests {
  readonly #commands: CommandTable;
  readonly #actor: (channelId: string) => ChannelActor;
  readonly #inboxes: Pick<InboxTable, 'touch' | 'context'>;
  /** By keys below zero, which no connection has. */
  readonly #waiting = new Map<ConnectionKey, (answer: Result<JsonObject>) => void>();
  #asked = 0;

  constructor(
    commands: CommandTable,
    actor: (channelId: string) => ChannelActor,
    inboxes: Pick<InboxTable, 'touch' | 'context'>,
  ) {
    this.#commands = commands;
    this.#actor = actor;
    this.#inboxes = inboxes;
  }

  /** Carries a request out: the `data` of its answer, or why it was refused. */
  async ask(channelId: string, user: Principal, type: string, data: object): Promise<Result<JsonObject>> {
    const command = this.#commands.get(type);
    if (command?.route !== 'channel') return fail(failure('unknown_type', 'no such type'));
    const valid = command.readData(data, Object.keys(data).length);
    return this.perform(this.#actor(channelId), (state, waiter, context) => {
      const from = { connection: waiter.connection, user };
      const missing =
        missingOutside(command.requires, state, user, context) ?? command.may?.(state, user, context) ?? null;
      const problem = valid.ok ? missing : (missing ?? valid.failure);
      return problem === null && valid.ok
        ? command.handle(state, { from, waiter, data: valid.value }, context)
        : refuse(waiter, channelId, context.now, problem ?? UNLOADED);
    });
  }

  /** Does something to a channel that ends with one answer to `waiter`: the `data` of it, or why it was refused. */
  async perform(
    actor: ChannelActor,
    step: (state: ChannelState, waiter: Waiter, context: Context) => Effects,
  ): Promise<Result<JsonObject>> {
    this.#asked -= 1;
    const connection = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(connection, resolve);
      actor.run((state, problem) => {
        if (state === null) this.#settle(connection, fail(problem ?? UNLOADED));
        else actor.perform(step(state, { connection, ref: REF }, actor.context));
      });
    });
  }

  /** The same in the user's own inbox. */
  async askInbox(user: Principal, type: string, data: object): Promise<Result<JsonObject>> {
    const command = this.#commands.get(type);
    if (command?.route !== 'inbox') return fail(failure('unknown_type', 'no such type'));
    const { context } = this.#inboxes;
    const missing = command.may?.(user, context) ?? null;
    if (missing !== null) return fail(missing);
    const valid = command.readData(data, Object.keys(data).length);
    if (!valid.ok) return valid;
    this.#asked -= 1;
    const connection = this.#asked;
    const actor = this.#inboxes.touch(user.id);
    return new Promise((resolve) => {
      this.#waiting.set(connection, resolve);
      actor.run((state, problem) => {
        if (state === null) {
          this.#settle(connection, fail(problem ?? UNLOADED));
          return;
        }
        const waiter = { connection, ref: REF };
        actor.perform(
          command.handle(state, { from: { connection, user }, waiter, data: valid.value }, context),
        );
      });
    });
  }

  /** The answer to one of them, as a frame. */
  answered(asker: ConnectionKey, frame: string): void {
    const { type, data } = JSON.parse(frame) as Answer;
    this.#settle(asker, type === 'error' ? fail(data as Failure) : ok(data as JsonObject));
  }

  #settle(asker: ConnectionKey, answer: Result<JsonObject>): void {
    this.#waiting.get(asker)?.(answer);
    this.#waiting.delete(asker);
  }
}

const UNLOADED = failure('unavailable', 'this can not be loaded right now', 1_000);
