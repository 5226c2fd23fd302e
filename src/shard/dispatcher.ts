/** The way of one request through its shard: parsed, passed on or carried out, and answered. */
import { missingRequirement } from '../channel/command.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { type ChannelState, isJoined } from '../channel/state.ts';
import { encodeError } from '../protocol/encode.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ActorTable } from './actor-table.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { ShardConnection } from './connection.ts';
import type { MeshMessage } from './mesh.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { type CommandTable, type ParsedRequest, parseRequest } from './request.ts';

/** What a dispatcher needs of its shard. */
export interface DispatcherOptions {
  readonly index: number;
  readonly shards: number;
  readonly commands: CommandTable;
  readonly ports: ShardPorts;
  readonly actors: ActorTable;
  isConnected(connection: ConnectionKey): boolean;
  /** False when there is no way to that shard. */
  forward(shard: number, message: MeshMessage): boolean;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Answers, passes on, or carries out one scanned frame of the connection. `bytes` may be a view; it isn't kept. */
  dispatch(connection: ShardConnection, dataMembers: number, bytes: Buffer): void {
    const request = parseRequest(bytes, dataMembers, this.#options.commands);
    if ('problem' in request) {
      this.#refuse(connection, request.ref, request.channelId, request.problem);
      return;
    }
    const { index, shards, ports } = this.#options;
    const owner = shardOf(`channel:${request.channelId}`, shards);
    if (owner !== index) {
      this.#forward(owner, connection, dataMembers, bytes, request);
      return;
    }
    ports.recorder.request(request.command.type);
    const actor = this.#options.actors.touch(request.channelId);
    actor.run((state, problem) => {
      this.#execute(connection, actor, request, state, problem);
    });
  }

  #execute(
    connection: ShardConnection,
    actor: ChannelActor,
    request: ParsedRequest,
    state: ChannelState | null,
    problem: Failure | null,
  ): void {
    if (!this.#options.isConnected(connection.key)) return;
    if (state === null) {
      const unloaded = problem ?? failure('unavailable', 'the channel can not be loaded right now', 1_000);
      this.#refuse(connection, request.ref, request.channelId, unloaded);
      return;
    }
    const from = { connection: connection.key, user: connection.user };
    const missing = missingRequirement(request.command.requires, state, from, this.#options.ports.policy);
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
        this.#options.ports.logger.error({ err: error, type: request.command.type }, 'a command failed');
        this.#refuse(connection, request.ref, request.channelId, failure('internal', 'this went wrong here'));
      }
    }
    if (isJoined(state, connection.key)) connection.actors.add(actor);
    else connection.actors.delete(actor);
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
    request: ParsedRequest,
  ): void {
    const message: MeshMessage = {
      kind: 'request',
      connection: connection.key,
      user: connection.user,
      dataMembers,
      bytes: new Uint8Array(bytes),
    };
    if (this.#options.forward(owner, message)) connection.forwardedTo.add(owner);
    else {
      const problem = failure('unavailable', 'the channel is on its way to another thread', 500);
      this.#refuse(connection, request.ref, request.channelId, problem);
    }
  }
}
