/**
 * Keeps one connection to the server.
 *
 * States: `idle` until `start`; `connecting` from the moment a token is asked for to `welcome`; `online`; `waiting`
 * for the delay before the next try; `stopped` by `stop`, by a close code that says so, or by a refused `hello`. Only
 * `start` leads out of `idle` and `stopped`. The close codes decide by their range (`afterClose`). A delay that is the
 * client's own ends early when the platform wakes up; one that the server asked for doesn't.
 */
import { afterClose, CLOSE_CODES } from '../protocol/close-codes.ts';
import type { JsonObject, ResumePoint } from '../protocol/entities.ts';
import type { ClientFrame, ServerFrame } from '../protocol/events.ts';
import { Backoff } from './backoff.ts';
import { ChatError, isRetryable } from './chat-error.ts';
import type { ClientSocketClass } from './client-socket.ts';
import { Connection, type ConnectionListener, type Ending, type Welcome } from './connection.ts';
import type { Identity } from './identity.ts';
import { stopError } from './stop-error.ts';
import type { Cancel, Timers } from './timers.ts';
import { onWakeUp } from './wake-up.ts';

/**
 * Where the client stands: not connected yet; getting a connection; ready; waiting before the next try; stopped by
 * `close` or by the server.
 */
export type ClientState = 'idle' | 'connecting' | 'online' | 'waiting' | 'stopped';

/** A connection, or a try to get one, that ended. */
export interface ConnectionClosed {
  /** WebSocket close code; 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
  /** ms until the next try; null: there will be none. */
  readonly retryInMs: number | null;
}

/** What a link is made of. */
export interface LinkOptions {
  readonly url: string;
  readonly identity: Identity;
  /** Up to where one has seen one's inbox; null: nothing of it. */
  readonly resumePoint: () => ResumePoint | null;
  readonly socketClass: ClientSocketClass;
  readonly timers: Timers;
  readonly random: () => number;
  readonly welcomeTimeoutMs: number;
}

/** How a connection began. */
export interface Beginning {
  /** The token that it was opened with; undefined for a guest. */
  readonly token: string | undefined;
  /** What its `hello` asked to resume the inbox with. */
  readonly recover: ResumePoint | null;
  /** The server's clock, ms since the epoch; undefined when it didn't say. */
  readonly serverTime: number | undefined;
}

/** Who is told. */
export interface LinkListener {
  /** Every state but `online`. */
  onState(state: ClientState): void;
  /** The link is online. */
  onWelcome(welcome: Welcome, beginning: Beginning): void;
  onFrame(frame: ServerFrame): void;
  /** A connection that had been online is over. */
  onOffline(): void;
  onClosed(closed: ConnectionClosed): void;
  /** Stopped for `error`; not called after {@link Link.stop}. */
  onStopped(error: ChatError): void;
  /** Something failed that will be tried again. */
  onError(error: ChatError): void;
}

/** `asked`: the delay is the server's wish. */
type Decision = { readonly retryInMs: number; readonly asked: boolean } | { readonly stop: ChatError };

/** No server asks for a longer delay (4200) than this, ms; another number is taken for a mistake. */
const LONGEST_DRAIN_DELAY_MS = 300_000;
const ABNORMAL_CLOSURE = 1006;
/** From here on codes are the server's own words; those below are the network's and WebSocket's. */
const FIRST_CODE_OF_OURS = 4000;

/** See the head of the file. */
export class Link {
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  /** Two counts, so that a server which drains isn't punished for a network that was bad before. */
  readonly #failures: Backoff;
  readonly #resumes: Backoff;
  #state: ClientState = 'idle';
  #connection: Connection | null = null;
  /** Counts tries, so that a token that comes late belongs to none. */
  #attempt = 0;
  #onlineSince: number | null = null;
  #renewalTried = false;
  /** Of the delay before a try, or of the wait for a token. */
  #cancelTimer: Cancel | null = null;
  #delayAsked = false;
  #cancelWakeUp: Cancel | null = null;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#failures = new Backoff(options.random);
    this.#resumes = new Backoff(options.random);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Begins to connect, from `idle` or `stopped`; from `waiting` tries at once. */
  start(): void {
    if (this.#state === 'waiting') {
      this.#cutShort();
    } else if (this.#state === 'idle' || this.#state === 'stopped') {
      this.#renewalTried = false;
      this.#cancelWakeUp ??= onWakeUp(() => {
        this.#wake();
      });
      this.#open();
    }
  }

  /** Closes the connection and leaves no timer behind. */
  stop(): void {
    this.#attempt += 1;
    this.#clearTimer();
    this.#connection?.close();
    this.#connection = null;
    this.#onlineSince = null;
    this.#enter('stopped');
  }

  /** Sends a frame; dropped unless online. */
  send(frame: ClientFrame): void {
    if (this.#state === 'online') this.#connection?.send(frame);
  }

  /** There may be a network again, after a time without one: what waits for one goes on, what has one asks for a sign. */
  #wake(): void {
    if (this.#state === 'online') this.#connection?.probe();
    else if (this.#state === 'waiting' && !this.#delayAsked) this.#cutShort();
  }

  /** Ends the delay before the next try. */
  #cutShort(): void {
    this.#clearTimer();
    this.#open();
  }

  #open(): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#enter('connecting');
    // A listener of the state may have called `stop`.
    if (attempt !== this.#attempt) return;
    const { identity, timers, welcomeTimeoutMs } = this.#options;
    const failed = (cause: unknown): void => {
      if (attempt === this.#attempt) this.#noToken(cause);
    };
    this.#cancelTimer = timers.after(welcomeTimeoutMs, () => {
      failed(new Error(`no token in ${welcomeTimeoutMs} ms`));
    });
    identity.hello().then((hello) => {
      if (attempt === this.#attempt) this.#connect(hello);
    }, failed);
  }

  #noToken(cause: unknown): void {
    // What comes later is of no use to the next try, which asks itself.
    this.#attempt += 1;
    this.#clearTimer();
    const message = `the token function failed: ${String(cause)}`;
    this.#listener.onError(new ChatError({ code: 'unauthorized', message }));
    this.#retry(ABNORMAL_CLOSURE, 'no token', { retryInMs: this.#failures.next(), asked: false });
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #connect(identity: Readonly<Record<string, string>>): void {
    this.#clearTimer();
    const { url, socketClass, timers, welcomeTimeoutMs, resumePoint } = this.#options;
    const recover = resumePoint();
    const hello: JsonObject = recover === null ? identity : { ...identity, recover };
    const listener: ConnectionListener = {
      onWelcome: (welcome, serverTime) => {
        this.#onlineSince = timers.now();
        this.#renewalTried = false;
        if (welcome.guestToken !== undefined) this.#options.identity.keepGuestToken(welcome.guestToken);
        this.#state = 'online';
        this.#listener.onWelcome(welcome, { token: identity['token'], recover, serverTime });
      },
      onFrame: (frame) => {
        this.#listener.onFrame(frame);
      },
      onEnd: (ending) => {
        this.#ended(ending);
      },
    };
    try {
      this.#connection = new Connection({ url, hello, socketClass, timers, welcomeTimeoutMs }, listener);
    } catch (cause) {
      // The platform doesn't take the address (a page on https asks for ws:, say): another try would end the same.
      const error = new ChatError({ code: 'bad_request', message: String(cause) });
      this.#enter('stopped');
      this.#listener.onStopped(error);
    }
  }

  #ended(ending: Ending): void {
    this.#connection = null;
    const since = this.#onlineSince;
    this.#onlineSince = null;
    if (since !== null) {
      const onlineMs = this.#options.timers.now() - since;
      this.#failures.endedAfter(onlineMs);
      this.#resumes.endedAfter(onlineMs);
    }
    const decision = this.#decide(ending);
    const code = ending.kind === 'closed' ? ending.code : ABNORMAL_CLOSURE;
    const reason = ending.kind === 'closed' ? ending.reason : ending.failure.message;
    if ('stop' in decision) {
      this.#enter('stopped');
      if (since !== null) this.#listener.onOffline();
      this.#listener.onClosed({ code, reason, retryInMs: null });
      this.#listener.onStopped(decision.stop);
      return;
    }
    this.#retry(code, reason, decision, since !== null);
  }

  #decide(ending: Ending): Decision {
    if (ending.kind === 'refused') {
      if (!isRetryable(ending.failure)) return { stop: new ChatError(ending.failure) };
      return { retryInMs: (ending.failure.retryAfterMs ?? 0) + this.#failures.next(), asked: true };
    }
    const { code, reason } = ending;
    const asked = code >= FIRST_CODE_OF_OURS;
    switch (afterClose(code)) {
      case 'reconnect-with-backoff':
        return { retryInMs: this.#failures.next(), asked };
      case 'resume':
        return { retryInMs: drainDelay(code, reason) + this.#resumes.next(), asked };
      case 'stop':
        if (this.#renews(code)) return { retryInMs: this.#failures.next(), asked };
        return { stop: stopError(code, reason) };
    }
  }

  /** Whether another identity may do: a fresh token for an expired one, a new guest for one nobody knows any more. */
  #renews(code: number): boolean {
    if (code === CLOSE_CODES.tokenExpired && this.#options.identity.canRenew && !this.#renewalTried) {
      this.#renewalTried = true;
      return true;
    }
    return code === CLOSE_CODES.unauthorized && this.#options.identity.forgetGuestToken();
  }

  #retry(
    code: number,
    reason: string,
    { retryInMs, asked }: { readonly retryInMs: number; readonly asked: boolean },
    wasOnline = false,
  ): void {
    this.#delayAsked = asked;
    this.#enter('waiting');
    if (wasOnline) this.#listener.onOffline();
    // A listener of the state may have called `stop`.
    if (this.state !== 'waiting') return;
    this.#cancelTimer = this.#options.timers.after(retryInMs, () => {
      this.#cancelTimer = null;
      this.#open();
    });
    this.#listener.onClosed({ code, reason, retryInMs });
  }

  #enter(state: ClientState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'stopped') {
      this.#cancelWakeUp?.();
      this.#cancelWakeUp = null;
    }
    this.#listener.onState(state);
  }
}

function drainDelay(code: number, reason: string): number {
  if (code !== CLOSE_CODES.draining || !/^\d{1,6}$/.test(reason)) return 0;
  return Math.min(Number(reason), LONGEST_DRAIN_DELAY_MS);
}
