/** {@link IdempotentAnswers} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type {
  AnswerKey,
  Begun,
  GivenAnswer,
  IdempotentAnswers,
} from '../../admin/ports/idempotent-answers.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

const DAY_MS = 24 * 3_600_000;
const UNFINISHED_MS = 60_000;

interface Known {
  readonly request: string;
  readonly at: number;
  readonly answer: GivenAnswer | null;
}

/** Answers in a map. */
export class MemoryIdempotentAnswers implements IdempotentAnswers {
  readonly #known = new Map<string, Known>();

  async begin(key: AnswerKey, request: string, now: number): Promise<Result<Begun>> {
    const known = this.#known.get(nameOf(key));
    const isOver =
      known === undefined ||
      known.at < now - DAY_MS ||
      (known.answer === null && known.request === request && known.at < now - UNFINISHED_MS);
    if (isOver) {
      this.#known.set(nameOf(key), { request, at: now, answer: null });
      return ok({ kind: 'first' });
    }
    if (known.request !== request) return ok({ kind: 'other' });
    return ok(known.answer === null ? { kind: 'underway' } : { kind: 'answered', answer: known.answer });
  }

  async finish(key: AnswerKey, answer: GivenAnswer): Promise<Result<void>> {
    const known = this.#known.get(nameOf(key));
    if (known !== undefined) this.#known.set(nameOf(key), { ...known, answer });
    return ok(undefined);
  }

  async release(key: AnswerKey): Promise<Result<void>> {
    if (this.#known.get(nameOf(key))?.answer === null) this.#known.delete(nameOf(key));
    return ok(undefined);
  }
}

function nameOf({ owner, key }: AnswerKey): string {
  return `${owner} ${key}`;
}
