/** How to make a client. */
import type { GuestTokenStore } from './guest-token-store.ts';
import type { ClientSocketClass } from './client-socket.ts';
import type { TokenSource } from './identity.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Options of the client. docs/client.md tells each one's default. */
export interface ChatOptions {
  /** `ws:`, `wss:`, `http:` or `https:`; without a path, `/ws` is added. */
  readonly url: string;
  /** Who one is; a function is asked before each connection. Without it one is a guest. */
  readonly token?: TokenSource | undefined;
  /** The display name that a guest asks for. */
  readonly name?: string | undefined;
  /** The guest to be again, instead of the one in the store. */
  readonly guestToken?: string | undefined;
  readonly guestTokenStore?: GuestTokenStore | undefined;
  /** The WebSocket class, where the platform has none or another one is wanted. */
  readonly webSocket?: ClientSocketClass | undefined;
  readonly timers?: Timers | undefined;
  /** Numbers from 0 to below 1, for jitter. */
  readonly random?: (() => number) | undefined;
  /** Makes a clientMessageId that this user never used in the channel. */
  readonly newId?: (() => string) | undefined;
  /** Most messages that wait for an answer. */
  readonly maxOutbox?: number | undefined;
  /** Most tries of one message that the server refused for the moment. */
  readonly maxSendAttempts?: number | undefined;
  /** The longest `retryAfterMs` that a message waits for, ms; a longer one is an error at once. */
  readonly maxSendDelayMs?: number | undefined;
  /** Most requests a second, bursts of twice that; a server takes 50 unless set otherwise. Infinity: no bound. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** ms to wait for a token, and then again from opening a socket to `welcome`. */
  readonly connectTimeoutMs?: number | undefined;
  /** ms to wait for an answer: of a request in all, of a send or a join before it is asked again. */
  readonly requestTimeoutMs?: number | undefined;
}

const DEFAULTS = {
  maxOutbox: 1_000,
  maxSendAttempts: 20,
  maxSendDelayMs: 60_000,
  maxRequestsPerSecond: 40,
  connectTimeoutMs: 15_000,
  requestTimeoutMs: 15_000,
} as const;

/** What the client uses of its options beside the identity. */
export type ResolvedOptions = { readonly [K in keyof typeof DEFAULTS]: number } & {
  readonly timers: Timers;
  readonly random: () => number;
  readonly newId: () => string;
};

/** Fills in what was left out. */
export function withDefaults(options: ChatOptions): ResolvedOptions {
  return {
    maxOutbox: options.maxOutbox ?? DEFAULTS.maxOutbox,
    maxSendAttempts: options.maxSendAttempts ?? DEFAULTS.maxSendAttempts,
    maxSendDelayMs: options.maxSendDelayMs ?? DEFAULTS.maxSendDelayMs,
    maxRequestsPerSecond: options.maxRequestsPerSecond ?? DEFAULTS.maxRequestsPerSecond,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
    timers: options.timers ?? systemTimers,
    random: options.random ?? Math.random,
    newId: options.newId ?? newId,
  };
}

/** crypto.randomUUID exists only in secure contexts, and a chat in a home network may be plain http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
