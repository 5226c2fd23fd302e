/**
 * From an anonymous connection to someone's: identity, `welcome`, and when the right to be here ends. Identity
 * timeouts and token ends are one deadline queue.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Authenticator } from '../auth/authenticator.ts';
import { type Identity, shownUser } from '../auth/identity.ts';
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import { CLOSE_CODES, closeReason } from '../protocol/close-codes.ts';
import { encodeReply } from '../protocol/encode.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { HEARTBEAT_MS, IDENTITY_TIMEOUT_MS, PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Result } from '../protocol/result.ts';
import { DeadlineQueue, type DeadlineTimers } from '../threads/deadline-queue.ts';
import { CHANNELS_FRESH_MS, type ChannelPage, ChannelPages } from './channel-pages.ts';
import type { Connection } from './connection.ts';
import type { DecisionHooks } from './decision-hooks.ts';

/** `welcome` waits so long for the list of channels and the state of the inbox; then they follow on their own. */
const WELCOME_WAIT_MS = 200;
/** The wall clock was set when it moved by so much against the monotonic one. */
const CLOCK_STEP_MS = 500;

/** What a hello brings; all of it optional: a guest without a name. */
export interface Credentials {
  readonly token?: string;
  readonly name?: string;
  readonly guestToken?: string;
}

/** Someone who was let in, with the guest token that lets them in again. */
export interface Admitted {
  readonly identity: Identity;
  readonly guestToken?: string;
}

/** What sessions need. `now` is the wall clock, ms. */
export interface SessionsOptions {
  readonly server: { readonly id: string; readonly name: string };
  readonly authenticator: Pick<Authenticator, 'fromToken' | 'guest' | 'refresh' | 'current'>;
  readonly directory: ChannelDirectory;
  /** Another program that decides too; null: there is none. */
  readonly decisions: Pick<DecisionHooks, 'asks' | 'decide'> | null;
  readonly timers: DeadlineTimers & { now(): number };
  readonly newConnectionId: (connection: Connection) => string;
  /** Sends one frame to the connection, at once. */
  readonly send: (connection: Connection, frame: string) => void;
  /** Its hello was worked on, with or without success: what it sent meanwhile may run. */
  readonly settled: (connection: Connection) => void;
  /**
   * The connection comes to the inbox of its user; `inboxState` is called when it is known where that stands. False when
   * that isn't to be waited for: its shard is down.
   */
  readonly attachInbox: (connection: Connection, userId: string) => boolean;
  /** It is its user's from now on. */
  readonly opened: (connection: Connection) => void;
  /** Its user has other rights now: shards are told. */
  readonly changed: (connection: Connection) => void;
}

/** Someone who was let in and hasn't been welcomed yet. */
interface Opening {
  readonly admitted: Admitted;
  readonly page: ChannelPage;
  readonly ref: string | undefined;
  /** `data` of `inbox:state`; null: it hasn't come, and may be waited for. */
  inbox: string | null;
  awaitsInbox: boolean;
  readonly done: () => void;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #deadlines: DeadlineQueue<Connection>;
  readonly #identifying = new Set<Connection>();
  readonly #opening = new Map<Connection, Opening>();
  /** When `welcome` waits no longer. */
  readonly #patience: DeadlineQueue<Connection>;
  readonly #channels: ChannelPages;
  /** The wall clock less the monotonic one, ms, as deadlines of tokens were set by. */
  #clockOffset: number;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#channels = new ChannelPages(options.directory, options.timers);
    this.#clockOffset = options.timers.now() - options.timers.mono();
    this.#patience = new DeadlineQueue(options.timers, (connection) => {
      this.welcomeNow(connection);
    });
    this.#deadlines = new DeadlineQueue(options.timers, (connection) => {
      const timedOut = connection.phase === 'identifying';
      if (timedOut) connection.close(CLOSE_CODES.identityTimeout, 'who are you?');
      else connection.close(CLOSE_CODES.tokenExpired, 'token expired');
    });
  }

  get directory(): ChannelDirectory {
    return this.#options.directory;
  }

  /** Starts the time in which the connection must say who it is. */
  awaitIdentity(connection: Connection): void {
    this.#deadlines.set(connection, this.#options.timers.mono() + IDENTITY_TIMEOUT_MS);
  }

  isIdentifying(connection: Connection): boolean {
    return this.#identifying.has(connection);
  }

  /** Lets someone who comes from `address` in, before or after the upgrade. */
  async admit(credentials: Credentials, address: string): Promise<Result<Admitted>> {
    const admitted = await this.#prove(credentials, address);
    const { decisions } = this.#options;
    if (decisions?.asks('may-connect') !== true || !admitted.ok) return admitted;
    const problem = await decisions.decide('may-connect', admitted.value.identity.user, { address });
    return problem === null ? admitted : { ok: false, failure: problem };
  }

  async #prove(credentials: Credentials, address: string): Promise<Result<Admitted>> {
    const { authenticator } = this.#options;
    if (credentials.token !== undefined) {
      const identity = await authenticator.fromToken(credentials.token);
      return identity.ok ? { ok: true, value: { identity: identity.value } } : identity;
    }
    const { name, guestToken } = credentials;
    const request = {
      ...(name === undefined ? {} : { name }),
      ...(guestToken === undefined ? {} : { guestToken }),
    };
    return authenticator.guest(request, address);
  }

  /**
   * `hello`: opens the session, or closes with 4001 for a bad token and 4003 for who is banned. `welcome` carries its `ref`. What can be mended (a name) and what passes (a
   * store that is away) comes back as a failure, and the connection may try again.
   */
  async identify(
    connection: Connection,
    credentials: Credentials,
    ref: string | undefined,
  ): Promise<Failure | null> {
    this.#identifying.add(connection);
    const admitted = await this.admit(credentials, connection.address);
    if (admitted.ok) {
      await this.open(connection, admitted.value, ref);
      return null;
    }
    this.#identifying.delete(connection);
    if (connection.phase !== 'identifying') return null;
    if (admitted.failure.code === 'unauthorized') connection.close(CLOSE_CODES.unauthorized, 'unauthorized');
    else if (admitted.failure.code === 'banned') close(connection, admitted.failure);
    else {
      this.#options.settled(connection);
      return admitted.failure;
    }
    return null;
  }

  /** Says `welcome`, which is the first frame that anyone gets, and opens the session; resolves when that is done. */
  async open(connection: Connection, admitted: Admitted, ref?: string): Promise<void> {
    this.#identifying.add(connection);
    connection.identity = admitted.identity;
    const { user } = admitted.identity;
    const page = this.#channels.of(user);
    await new Promise<void>((resolve) => {
      const opening: Opening = { admitted, page, ref, inbox: null, awaitsInbox: true, done: resolve };
      this.#opening.set(connection, opening);
      this.#patience.set(connection, this.#options.timers.mono() + WELCOME_WAIT_MS);
      opening.awaitsInbox = this.#options.attachInbox(connection, user.id);
      if (page.value === null) void page.arrived.then(() => this.#welcomeWhenReady(connection));
      else this.#welcomeWhenReady(connection);
    });
  }

  /** Where the inbox of the connection's user stands, as `data` of `inbox:state`: part of its `welcome`, or behind it. */
  inboxState(connection: Connection, data: string): void {
    const opening = this.#opening.get(connection);
    if (opening !== undefined) {
      opening.inbox = data;
      opening.awaitsInbox = false;
      this.#welcomeWhenReady(connection);
    } else if (connection.phase === 'open') {
      const { send, timers } = this.#options;
      send(connection, encodeReply('inbox:state', undefined, undefined, timers.now(), data));
    }
  }

  #welcomeWhenReady(connection: Connection): void {
    const opening = this.#opening.get(connection);
    if (opening === undefined || opening.awaitsInbox || opening.page.value === null) return;
    this.welcomeNow(connection);
  }

  /** Says `welcome` with what is there, if it hasn't been said: what is slow follows. */
  welcomeNow(connection: Connection): void {
    const opening = this.#opening.get(connection);
    if (opening === undefined) return;
    this.#opening.delete(connection);
    this.#patience.delete(connection);
    this.#open(connection, opening);
    opening.done();
  }

  #open(connection: Connection, opening: Opening): void {
    const { admitted } = opening;
    this.#identifying.delete(connection);
    if (connection.phase !== 'identifying') return;
    // What changed since the token was looked at holds already.
    const current = this.#options.authenticator.current(admitted.identity, connection.address);
    if (!current.ok) {
      close(connection, current.failure);
      return;
    }
    connection.identity = current.value;
    connection.phase = 'open';
    connection.startedAt = this.#options.timers.now();
    this.#options.opened(connection);
    this.#expireWith(connection, current.value);
    this.#welcome(connection, current.value, opening);
    this.#options.settled(connection);
  }

  /** Goes on with a new token. */
  async refresh(connection: Connection, token: string): Promise<Failure | null> {
    const { identity } = connection;
    if (identity === null) return failure('unauthorized', 'say hello first');
    const next = await this.#options.authenticator.refresh(identity, token);
    if (!next.ok) return next.failure;
    if (connection.phase !== 'open') return null;
    this.#expireWith(connection, next.value);
    this.#goOnAs(connection, identity, next.value);
    return null;
  }

  /** Tokens were revoked, or users changed or are banned: ends open sessions that no longer hold, and tells shards of the others. */
  reconsider(connections: Iterable<Connection>): void {
    for (const connection of connections) {
      const { identity } = connection;
      if (identity === null || connection.phase !== 'open') continue;
      const current = this.#options.authenticator.current(identity, connection.address);
      if (!current.ok) close(connection, current.failure);
      else if (current.value !== identity) this.#goOnAs(connection, identity, current.value);
    }
  }

  /** Tokens end by the wall clock: when it was set, so are the deadlines of all connections. To be called once a second. */
  followClock(connections: Iterable<Connection>): void {
    const { timers } = this.#options;
    const offset = timers.now() - timers.mono();
    if (Math.abs(offset - this.#clockOffset) < CLOCK_STEP_MS) return;
    this.#clockOffset = offset;
    for (const connection of connections) {
      if (connection.phase === 'open' && connection.identity !== null)
        this.#expireWith(connection, connection.identity);
    }
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#deadlines.delete(connection);
    this.#identifying.delete(connection);
    this.#opening.get(connection)?.done();
    this.#opening.delete(connection);
    this.#patience.delete(connection);
  }

  close(): void {
    this.#deadlines.clear();
    for (const { done } of this.#opening.values()) done();
    this.#opening.clear();
    this.#patience.clear();
  }

  #goOnAs(connection: Connection, before: Identity, identity: Identity): void {
    connection.identity = identity;
    this.#options.changed(connection);
    const user = shownUser(identity.user);
    if (isDeepStrictEqual(user, shownUser(before.user))) return;
    const { timers, send } = this.#options;
    const data = JSON.stringify({ user });
    send(connection, encodeReply('user:updated', undefined, undefined, timers.now(), data));
  }

  #expireWith(connection: Connection, identity: Identity): void {
    const { timers } = this.#options;
    if (identity.expiresAt === undefined) this.#deadlines.delete(connection);
    else this.#deadlines.set(connection, timers.mono() + Math.max(0, identity.expiresAt - timers.now()));
  }

  #welcome(
    connection: Connection,
    identity: Identity,
    { admitted: { guestToken }, page, inbox, ref }: Opening,
  ): void {
    const { server, timers, send, newConnectionId } = this.#options;
    const data = {
      protocol: PROTOCOL_VERSION,
      connectionId: newConnectionId(connection),
      server,
      user: shownUser(identity.user),
      guestToken,
      heartbeatMs: HEARTBEAT_MS,
    };
    const parts = [JSON.stringify(data).slice(0, -1)];
    if (page.json !== null) parts.push(`,"channels":${page.json}`);
    if (inbox !== null) parts.push(`,"inbox":${inbox}`);
    const whole = `${parts.join('')}}`;
    send(connection, encodeReply('welcome', ref, undefined, timers.now(), whole));
    if (page.json === null) void this.#sendLate(connection);
  }

  /** The store was slow, or away: the list follows when it is there. */
  async #sendLate(connection: Connection): Promise<void> {
    while (connection.phase === 'open' && connection.identity !== null) {
      const page = this.#channels.of(connection.identity.user);
      await page.arrived;
      if (page.value?.ok === true) {
        const data = JSON.stringify(page.value.value);
        const now = this.#options.timers.now();
        this.#options.send(connection, encodeReply('channels', undefined, undefined, now, data));
        return;
      }
      await this.#after(CHANNELS_FRESH_MS);
    }
  }

  async #after(delayMs: number): Promise<undefined> {
    return new Promise((resolve) => {
      this.#options.timers.after(delayMs, () => {
        resolve(undefined);
      });
    });
  }
}

/** Ends the session of who is banned, with the ban's own words, or of a token that was revoked. */
function close(connection: Connection, { code, message }: Failure): void {
  if (code === 'banned') connection.close(CLOSE_CODES.banned, closeReason(message));
  else connection.close(CLOSE_CODES.revoked, 'revoked');
}
