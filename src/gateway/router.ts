/** The way of one frame through the gateway: limits, a look at the bytes, and on to a shard or a handler. */
import type { RateLimiter } from '../cache/rate-limiter.ts';
import type { SpecialLimits } from '../cache/special-limits.ts';
import type { Decision } from '../protocol/decisions.ts';
import type { JsonObject, Principal } from '../protocol/entities.ts';
import { encodeError, encodeReply } from '../protocol/encode.ts';
import { EnvelopeScanner } from '../protocol/envelope-scanner.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isStaffOfAll } from '../protocol/permissions.ts';
import { isChannelId, MAX_REF_LENGTH } from '../protocol/limits.ts';
import { parseData } from '../protocol/request-data.ts';
import { fail, type Result } from '../protocol/result.ts';
import { codePoints } from '../protocol/text.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { Answer, GatewayContext } from './command.ts';
import type { Connection } from './connection.ts';
import type { DecisionHooks } from './decision-hooks.ts';
import type { FrameTrace, FrameTraces } from './frame-traces.ts';
import type { MainRoute, RequestTable, Route } from './request-table.ts';
import type { ShardLink } from './shard-link.ts';

/** Counts what comes in. */
export interface RouterRecorder {
  /** A frame of this type (of the table; others as `unknown`). */
  frame(type: string): void;
}

/** What a router needs. */
export interface RouterOptions {
  readonly table: RequestTable;
  readonly links: readonly ShardLink[];
  readonly limiter: RateLimiter;
  readonly special: Pick<SpecialLimits, 'isEmpty' | 'of'>;
  /** Another program that decides too; null: there is none. */
  readonly decisions: Pick<DecisionHooks, 'askedAbout' | 'decide'> | null;
  readonly context: GatewayContext;
  readonly recorder: RouterRecorder;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Ms on a clock that nobody sets, the same on all threads. */
  readonly mono: () => number;
  /** Writes one frame at once. */
  readonly send: (connection: Connection, frame: string) => void;
  /** A connection sent what no well-made client sends; told once a kind and connection. */
  readonly badInput: (connection: Connection, problem: Failure) => void;
  /** Records some of the frames; null: none. */
  readonly traces: FrameTraces | null;
  /** A bug came to light in a handler. */
  readonly failed: (error: unknown, type: string) => void;
}

/** Frames of one connection that wait for a decision; one more is refused. */
const MAX_HELD_FRAMES = 64;

export class Router {
  readonly #options: RouterOptions;
  readonly #scanner = new EnvelopeScanner();
  /** Connections of which a frame is being decided. */
  #deciding = 0;
  #whenDecided: (() => void)[] = [];

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** One text message of an identified or identifying connection; limits per socket are behind it already. */
  route(connection: Connection, bytes: Buffer): void {
    if (connection.held !== null) {
      this.#hold(connection, connection.held, bytes);
      return;
    }
    const { table, recorder } = this.#options;
    const scanner = this.#scanner;
    const malformed = scanner.scan(bytes);
    const { type, channelId } = scanner;
    const ref = this.#ref();
    const named = type === undefined ? undefined : table.get(type);
    const route = named?.to === 'channel' && channelId === undefined ? (named.elsewhere ?? named) : named;
    recorder.frame(route?.type ?? 'unknown');
    const trace = this.#options.traces === null ? null : this.#traced(connection, route, bytes);
    const problem = this.#problem(connection, malformed, route);
    if (problem !== null) {
      this.#refuse(connection, ref, channelId, problem, trace);
    } else if (route?.to === 'main') {
      void this.#answer(connection, route, ref, channelId, bytes, trace);
    } else if (route !== undefined) {
      const channel = route.to === 'channel' ? (channelId ?? null) : null;
      const asked = channel === null ? null : (this.#options.decisions?.askedAbout(route.type) ?? null);
      if (asked !== null && channel !== null) {
        void this.#decide(connection, asked, channel, Buffer.from(bytes), trace);
        return;
      }
      const refused = this.#forward(connection, channel, bytes, trace);
      if (refused !== null) this.#refuse(connection, ref, channelId, refused, trace);
    }
  }

  /** Resolves when no frame waits for another program's decision any more, nor behind one that does. */
  async decided(): Promise<void> {
    if (this.#deciding === 0) return;
    await new Promise<void>((resolve) => this.#whenDecided.push(resolve));
  }

  /** Passes the frame that was scanned last on to its shard. */
  #forward(
    connection: Connection,
    channel: string | null,
    bytes: Buffer,
    trace: FrameTrace | null,
  ): Failure | null {
    const key = channel === null ? `inbox:${connection.identity?.user.id}` : `channel:${channel}`;
    const link = this.#options.links[shardOf(key, this.#options.links.length)];
    const refused =
      link?.forward(connection, channel, this.#scanner.dataMembers, bytes, trace?.span.context) ?? null;
    // What has no ref is answered by an error alone: nobody is awaited.
    if (trace !== null && refused === null && this.#scanner.ref === undefined) trace.end();
    return refused;
  }

  /** The trace of the frame that was scanned last; null: it isn't recorded. */
  #traced(connection: Connection, route: Route | undefined, bytes: Buffer): FrameTrace | null {
    const { channelId, ref } = this.#scanner;
    const named = channelId !== undefined && isChannelId(channelId) ? channelId : undefined;
    const frame = { type: route?.type ?? 'unknown', channelId: named, ref };
    return this.#options.traces?.begin(frame, connection, bytes) ?? null;
  }

  #refuse(
    connection: Connection,
    ref: string | undefined,
    channelId: string | undefined,
    problem: Failure,
    trace: FrameTrace | null,
  ): void {
    this.refuse(connection, ref, channelId, problem);
    trace?.end(problem.code);
  }

  /** Asks the other program about a frame; what the connection sends meanwhile waits, so that it stays in order. */
  async #decide(
    connection: Connection,
    asked: Decision,
    channelId: string,
    bytes: Buffer,
    trace: FrameTrace | null,
  ): Promise<void> {
    const { decisions } = this.#options;
    const user = connection.identity?.user;
    if (decisions === null || user === undefined) return;
    connection.held = [];
    this.#deciding += 1;
    const message = asked === 'may-publish' ? { message: messageIn(bytes) } : {};
    const problem = await decisions.decide(asked, user, { channelId, ...message });
    const held = connection.held;
    connection.held = null;
    if (connection.phase === 'open') {
      this.#scanner.scan(bytes);
      const refused = problem ?? this.#forward(connection, channelId, bytes, trace);
      if (refused !== null) this.#refuse(connection, this.#ref(), channelId, refused, trace);
      for (const frame of held) this.route(connection, frame);
    }
    this.#deciding -= 1;
    // One of those that waited may be asked about too.
    if (this.#deciding === 0) for (const resolve of this.#whenDecided.splice(0)) resolve();
  }

  #hold(connection: Connection, held: Buffer[], bytes: Buffer): void {
    if (held.length < MAX_HELD_FRAMES) held.push(Buffer.from(bytes));
    else
      this.refuseFrame(
        connection,
        bytes,
        failure('overloaded', 'what you sent before is still being decided', 1_000),
      );
  }

  /** Answers with an error. */
  refuse(
    connection: Connection,
    ref: string | undefined,
    channelId: string | undefined,
    problem: Failure,
  ): void {
    if (connection.badInput.isNew(problem)) this.#options.badInput(connection, problem);
    const named = channelId !== undefined && isChannelId(channelId) ? channelId : undefined;
    this.#options.send(connection, encodeError(problem, ref, named, this.#options.now()));
  }

  /** Answers a frame that never got through, with the ref that it carries. */
  refuseFrame(connection: Connection, bytes: Buffer, problem: Failure): void {
    this.#scanner.scan(bytes);
    this.refuse(connection, this.#ref(), this.#scanner.channelId, problem);
  }

  /** The `ref` of the frame that was scanned; one that is too long is not carried back. */
  #ref(): string | undefined {
    const { ref } = this.#scanner;
    return ref !== undefined && codePoints(ref) <= MAX_REF_LENGTH ? ref : undefined;
  }

  #problem(connection: Connection, malformed: string | null, route: Route | undefined): Failure | null {
    const { type, channelId, ref } = this.#scanner;
    if (malformed !== null) return failure('bad_request', malformed);
    if (type === undefined) return failure('bad_request', 'type is missing');
    if (ref !== undefined && codePoints(ref) > MAX_REF_LENGTH) {
      return failure('bad_request', `ref is at most ${MAX_REF_LENGTH} characters`);
    }
    if (route === undefined) return failure('unknown_type', 'no such type');
    const anonymous = route.to === 'main' && route.command.anonymous;
    const user = connection.identity?.user;
    if (user === undefined || connection.phase !== 'open') {
      if (!anonymous) return failure('unauthorized', 'say hello first');
    } else {
      const { limiter, special, mono } = this.#options;
      const held = special.isEmpty ? undefined : special.of(user, route.rate, channelId);
      const retryAfterMs = limiter.take(user.id, route.rate, mono(), held);
      if (retryAfterMs > 0) return failure('rate_limited', 'too many requests', retryAfterMs);
    }
    if (route.to === 'main') return this.#mainProblem(route, user, channelId);
    if (route.to === 'channel' && (channelId === undefined || !isChannelId(channelId))) {
      return failure('bad_request', 'channelId must name a channel');
    }
    return null;
  }

  /** Who may is decided before what was sent is looked at. */
  #mainProblem(
    { type, command }: MainRoute,
    user: Principal | undefined,
    channelId: string | undefined,
  ): Failure | null {
    if (command.requires === 'staff' && (user === undefined || !isStaffOfAll(user))) {
      return failure('forbidden', 'your role does not allow this');
    }
    return command.withoutChannel && channelId !== undefined
      ? failure('bad_request', `${type} holds everywhere: it takes no channelId`)
      : null;
  }

  async #answer(
    connection: Connection,
    route: Extract<Route, { to: 'main' }>,
    ref: string | undefined,
    channelId: string | undefined,
    bytes: Buffer,
    trace: FrameTrace | null,
  ): Promise<void> {
    const answer = await this.#handle(connection, route, ref, bytes);
    trace?.end(answer.ok ? null : answer.failure.code);
    if (connection.phase === 'closed') return;
    if (!answer.ok) {
      this.refuse(connection, ref, channelId, answer.failure);
    } else if (answer.value !== null && ref !== undefined) {
      const { type, data } = answer.value;
      const frame = encodeReply(type, ref, undefined, this.#options.now(), JSON.stringify(data));
      this.#options.send(connection, frame);
    }
  }

  async #handle(
    connection: Connection,
    { command, type }: Extract<Route, { to: 'main' }>,
    ref: string | undefined,
    bytes: Buffer,
  ): Promise<Result<Answer | null>> {
    const { dataMembers } = this.#scanner;
    const parsed = parseData(bytes.toString('utf8'));
    if (!parsed.ok) return parsed;
    const data = command.readData(parsed.value, dataMembers);
    try {
      if (!data.ok) {
        const refused = (await command.may?.(connection, this.#options.context)) ?? null;
        return refused === null ? data : fail(refused);
      }
      return await command.handle(connection, data.value, this.#options.context, ref);
    } catch (error) {
      this.#options.failed(error, type);
      return { ok: false, failure: failure('internal', 'this went wrong here') };
    }
  }
}

/** What a send says; the shard looks at whether it may. */
function messageIn(bytes: Buffer): JsonObject {
  const parsed = parseData(bytes.toString('utf8'));
  const { value } = parsed.ok ? parsed : { value: null };
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
