/** The way of one request through its shard: parsed, passed on or carried out, and answered. */
import { missingRequirement } from '../channel/command.ts';
import { inboxLog } from '../inbox/whisper.ts';
import type { LogKey } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import { type ChannelState, isJoined } from '../channel/state.ts';
import { encodeError } from '../protocol/encode.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ActorTable } from './actor-table.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { ShardConnection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { InboxTable } from './inbox-table.ts';
import type { MeshMessage } from './mesh.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import {
  type ChannelRequest,
  type CommandTable,
  type InboxRequest,
  type ParsedRequest,
  parseRequest,
  type RejectedRequest,
} from './request.ts';

/** What a dispatcher needs of its shard. */
export interface DispatcherOptions {
  readonly index: number;
  readonly shards: number;
  readonly commands: CommandTable;
  readonly ports: ShardPorts;
  readonly actors: ActorTable;
  readonly inboxes: InboxTable;
  readonly connections: ConnectionTable;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Answers, passes on, or carries out one scanned frame of the connection. `bytes` may be a view; it isn't kept. `command`: the
   * slash command that came to this, which the answer of an inbox names.
   */
  dispatch(connection: ShardConnection, dataMembers: number, bytes: Buffer, command?: string): void {
    const request = parseRequest(bytes, dataMembers, this.#options.commands);
    if ('problem' in request) {
      this.#reject(connection, dataMembers, bytes, request, command);
      return;
    }
    const { index, shards, ports, actors } = this.#options;
    const key: LogKey = isToInbox(request) ? inboxLog(connection.user.id) : `channel:${request.channelId}`;
    const owner = shardOf(key, shards);
    if (owner !== index) {
      this.#forward(owner, connection, dataMembers, bytes, request, command);
      return;
    }
    ports.recorder.request(request.command.type);
    if (isToInbox(request)) {
      this.#runInInbox(connection, request, command);
      return;
    }
    const actor = actors.touch(request.channelId);
    actor.run((state, problem) => {
      if (this.#isReady(connection, request, state, problem))
        this.#execute(connection, actor, request, state);
    });
  }

  /** Answers what is no request. Who may not ask for it is told that, and nothing about what they sent. */
  #reject(
    connection: ShardConnection,
    dataMembers: number,
    bytes: Buffer,
    request: RejectedRequest,
    calledBy: string | undefined,
  ): void {
    const { command, channelId, ref, problem } = request;
    const { index, shards, actors, inboxes } = this.#options;
    if (command?.route === 'inbox') {
      const missing = command.may?.(connection.user, inboxes.context) ?? problem;
      this.#refuse(connection, ref, undefined, missing);
      return;
    }
    if (command === undefined || channelId === undefined) {
      this.#refuse(connection, ref, channelId, problem);
      return;
    }
    const owner = shardOf(`channel:${channelId}`, shards);
    if (owner !== index) {
      this.#forward(owner, connection, dataMembers, bytes, request, calledBy);
      return;
    }
    const actor = actors.touch(channelId);
    actor.run((state, unloaded) => {
      if (!this.#isReady(connection, request, state, unloaded)) return;
      const from = { connection: connection.key, user: connection.user };
      const missing =
        missingRequirement(command.requires, state, from, actor.context) ??
        command.may?.(state, connection.user, actor.context);
      this.#refuse(connection, ref, channelId, missing ?? problem);
    });
  }

  /** Whether there is somebody to answer and a state to do so; who can't be answered so is told the problem. */
  #isReady<State>(
    connection: ShardConnection,
    request: Pick<RejectedRequest, 'ref' | 'channelId'>,
    state: State | null,
    problem: Failure | null,
  ): state is State {
    if (!this.#options.connections.has(connection.key)) return false;
    if (state !== null) return true;
    const unloaded = problem ?? failure('unavailable', 'this can not be loaded right now', 1_000);
    this.#refuse(connection, request.ref, request.channelId, unloaded);
    return false;
  }

  /** A request that the connection made with a slash command. */
  dispatchFor({ connection: key, ref, command }: Waiter, type: string, data: object): void {
    const connection = this.#options.connections.get(key);
    if (connection === undefined) return;
    const bytes = Buffer.from(JSON.stringify({ type, ref, data }));
    this.dispatch(connection, Object.keys(data).length, bytes, command);
  }

  #runInInbox(connection: ShardConnection, request: InboxRequest, calledBy: string | undefined): void {
    if (connection.coming !== null) {
      void connection.coming.then(() => {
        this.#runInInbox(connection, request, calledBy);
      });
      return;
    }
    const { inboxes } = this.#options;
    const { command, ref, data } = request;
    const actor = inboxes.touch(connection.user.id);
    actor.run((state, problem) => {
      if (!this.#isReady(connection, request, state, problem)) return;
      const from = { connection: connection.key, user: connection.user };
      try {
        const waiter = {
          connection: connection.key,
          ref,
          ...(calledBy === undefined ? {} : { command: calledBy }),
        };
        actor.perform(command.handle(state, { from, waiter, data }, inboxes.context));
      } catch (error) {
        this.#failed(connection, request, error);
      }
    });
  }

  #execute(
    connection: ShardConnection,
    actor: ChannelActor,
    request: ChannelRequest,
    state: ChannelState,
  ): void {
    const from = { connection: connection.key, user: connection.user };
    const missing = missingRequirement(request.command.requires, state, from, actor.context);
    if (missing !== null) {
      this.#refuse(connection, request.ref, request.channelId, missing);
    } else {
      const waiter = { connection: connection.key, ref: request.ref };
      try {
        const effects = request.command.handle(state, { from, waiter, data: request.data }, actor.context);
        if (request.command.pages && !effects.some(({ kind }) => kind === 'read')) {
          this.#options.ports.recorder.page('ring');
        }
        actor.perform(effects);
      } catch (error) {
        this.#failed(connection, request, error);
      }
    }
    if (isJoined(state, connection.key)) connection.actors.add(actor);
    else connection.actors.delete(actor);
  }

  #failed(connection: ShardConnection, { command, ref, channelId }: ParsedRequest, error: unknown): void {
    this.#options.ports.logger.error({ err: error, type: command.type }, 'a command failed');
    this.#refuse(connection, ref, channelId, failure('internal', 'this went wrong here'));
  }

  #refuse(
    connection: ShardConnection,
    ref: string | undefined,
    channelId: string | undefined,
    problem: Failure,
  ): void {
    const { recorder, timers, logger } = this.#options.ports;
    recorder.refused(problem.code);
    if (connection.badInput.isNew(problem)) {
      const { id, user } = connection;
      logger.info(
        { connection: id, user: user.id, code: problem.code, reason: problem.message },
        'bad input',
      );
    }
    connection.peer.send(connection.id, encodeError(problem, ref, channelId, timers.now()));
  }

  #forward(
    owner: number,
    connection: ShardConnection,
    dataMembers: number,
    bytes: Buffer,
    request: Pick<RejectedRequest, 'ref' | 'channelId'>,
    command: string | undefined,
  ): void {
    const message: MeshMessage = {
      kind: 'request',
      connection: connection.key,
      user: connection.user,
      dataMembers,
      bytes: new Uint8Array(bytes),
      ...(command === undefined ? {} : { command }),
    };
    if (!this.#options.connections.passOn(owner, connection, message)) {
      const problem = failure('unavailable', 'this is on its way to another thread', 500);
      this.#refuse(connection, request.ref, request.channelId, problem);
    }
  }
}

function isToInbox(request: ParsedRequest): request is InboxRequest {
  return request.command.route === 'inbox';
}
