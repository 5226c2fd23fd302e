/**
 * Decisions of another program: whether somebody may connect, join a channel or send a message there. It is asked beside what is decided
 * here, never instead. Where it doesn't answer in time the stated answer holds.
 */
import type { Decision, DecisionOutcome } from '../protocol/decisions.ts';
import type { JsonObject, Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';

/** Longest time for which an answer may hold, seconds. */
const MAX_CACHE_SECONDS = 3_600;
/** Answers that are held; beyond, the oldest goes. */
const MAX_HELD = 20_000;
/** Questions that are open at the same time; one more isn't asked. */
const MAX_OPEN = 1_000;
const MAX_REASON_LENGTH = 500;
const AGAIN_MS = 1_000;

/** What {@link DecisionHooks} need. */
export interface DecisionHooksDeps {
  readonly asked: ReadonlySet<Decision>;
  /** The answer's JSON, or null when there is none within the deadline; never rejects. `body` is JSON text. */
  readonly ask: (body: string) => Promise<unknown>;
  /** Counts what came of each question. */
  readonly told?: (decision: Decision, outcome: DecisionOutcome) => void;
  /** What holds when there is no answer. */
  readonly whenAway: 'allow' | 'deny';
  /** ms since the epoch. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly mono: () => number;
}

/** About what it is asked. */
export interface Subject {
  readonly address?: string;
  readonly channelId?: string;
  /** `data` of the request. */
  readonly message?: JsonObject;
}

interface Held {
  readonly problem: Failure | null;
  readonly until: number;
}

/** See the head of the file. */
export class DecisionHooks {
  readonly #deps: DecisionHooksDeps;
  readonly #held = new Map<string, Held>();
  readonly #open = new Map<string, Promise<Failure | null>>();
  #openCount = 0;

  constructor(deps: DecisionHooksDeps) {
    this.#deps = deps;
  }

  /** What a request of this type has to be asked about; null: nothing. */
  askedAbout(type: string): Decision | null {
    const decision = type === 'message:send' ? 'may-publish' : type === 'channel:join' ? 'may-join' : null;
    return decision !== null && this.asks(decision) ? decision : null;
  }

  asks(decision: Decision): boolean {
    return this.#deps.asked.has(decision);
  }

  /** Why they may not, or null. Answers about connecting and joining hold for as long as they say. */
  async decide(decision: Decision, user: Principal, subject: Subject): Promise<Failure | null> {
    if (decision === 'may-publish') return (await this.#ask(decision, user, subject)).problem;
    const key = JSON.stringify([decision, user.id, subject.channelId, subject.address]);
    const held = this.#held.get(key);
    if (held !== undefined && held.until > this.#deps.mono()) return held.problem;
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    const asking = this.#ask(decision, user, subject).then(({ problem, cacheMs }) => {
      this.#open.delete(key);
      if (cacheMs > 0) this.#hold(key, { problem, until: this.#deps.mono() + cacheMs });
      return problem;
    });
    this.#open.set(key, asking);
    return asking;
  }

  #hold(key: string, held: Held): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    if (this.#held.size <= MAX_HELD) return;
    const oldest = this.#held.keys().next();
    if (oldest.done !== true) this.#held.delete(oldest.value);
  }

  async #ask(
    decision: Decision,
    user: Principal,
    subject: Subject,
  ): Promise<{ readonly problem: Failure | null; readonly cacheMs: number }> {
    const { told } = this.#deps;
    if (this.#openCount >= MAX_OPEN) {
      told?.(decision, 'away');
      return { problem: this.#away(), cacheMs: 0 };
    }
    const body = questionOf(decision, user, subject, this.#deps.now());
    this.#openCount += 1;
    const answer = decisionOf(await this.#deps.ask(body));
    this.#openCount -= 1;
    told?.(decision, answer === null ? 'away' : answer.allow ? 'allowed' : 'refused');
    if (answer === null) return { problem: this.#away(), cacheMs: 0 };
    const { allow, reason = 'you may not do this', cacheSeconds = 0 } = answer;
    const cacheMs = cacheSeconds * 1_000;
    return { problem: allow ? null : failure('forbidden', reason), cacheMs };
  }

  #away(): Failure | null {
    if (this.#deps.whenAway === 'allow') return null;
    return failure('unavailable', 'who decides this does not answer', AGAIN_MS);
  }
}

/** The question as JSON text. `now`: ms since the epoch. */
export function questionOf(
  decision: Decision,
  { id, name, guest, roles }: Pick<Principal, 'id' | 'name' | 'guest' | 'roles'>,
  { address, channelId, message }: Subject,
  now: number,
): string {
  return JSON.stringify({
    ...{ type: decision, timestamp: now, user: { id, name, guest, roles } },
    ...{ address, channel_id: channelId, message },
  });
}

/** What the other program decided: texts and times within their bounds. */
export interface DecisionAnswer {
  readonly allow: boolean;
  readonly reason?: string;
  readonly cacheSeconds?: number;
}

/** What an answer's JSON says; null: it is none. */
export function decisionOf(answer: unknown): DecisionAnswer | null {
  if (typeof answer !== 'object' || answer === null) return null;
  if (!('allow' in answer) || typeof answer.allow !== 'boolean') return null;
  const reason = 'reason' in answer ? answer.reason : undefined;
  const seconds = 'cache_seconds' in answer ? answer.cache_seconds : undefined;
  return {
    allow: answer.allow,
    ...(typeof reason === 'string' && reason !== ''
      ? { reason: reason.slice(0, MAX_REASON_LENGTH).toWellFormed() }
      : {}),
    ...(typeof seconds === 'number'
      ? { cacheSeconds: Math.min(Math.max(seconds, 0), MAX_CACHE_SECONDS) }
      : {}),
  };
}
