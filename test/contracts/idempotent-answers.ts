/** What every {@link IdempotentAnswers} keeps to. Run by memory-idempotent-answers and postgres-idempotent-answers. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdempotentAnswers } from '../../src/admin/ports/idempotent-answers.ts';
import { valueOf } from './stores.ts';

/** Answers of one server. */
export interface AnswersFixture {
  readonly answers: IdempotentAnswers;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Runs the suite over what `open` gives. */
export function idempotentAnswersContract(name: string, open: () => Promise<AnswersFixture>): void {
  describe(name, () => {
    let stores: AnswersFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const newKey = () => ({ owner: 'program', key: randomUUID() });
    const begin = async (key: { owner: string; key: string }, request = 'a', now = NOW) =>
      valueOf(await stores.answers.begin(key, request, now));
    const answer = { status: 201, body: '{"id":"“🙂”"}' };

    it('[KEY-8] the first is carried out, the next ones get its answer, for a day', async () => {
      const key = newKey();
      expect(await begin(key)).toEqual({ kind: 'first' });
      expect(await begin(key)).toEqual({ kind: 'underway' });
      valueOf(await stores.answers.finish(key, answer, NOW));
      expect(await begin(key)).toEqual({ kind: 'answered', answer });
      expect(await begin(key, 'a', NOW + DAY)).toEqual({ kind: 'answered', answer });
      expect(await begin({ ...key, owner: 'another' })).toEqual({ kind: 'first' });
      expect(await begin(key, 'b', NOW + DAY + 1)).toEqual({ kind: 'first' });
    });

    it('[KEY-8] another request with the same key is told so', async () => {
      const key = newKey();
      await begin(key);
      expect(await begin(key, 'b')).toEqual({ kind: 'other' });
      valueOf(await stores.answers.finish(key, answer, NOW));
      expect(await begin(key, 'b')).toEqual({ kind: 'other' });
    });

    it('[KEY-8] one that came to nothing, or was never finished, is carried out again', async () => {
      const [failed, lost] = [newKey(), newKey()];
      await begin(failed);
      valueOf(await stores.answers.release(failed));
      expect(await begin(failed)).toEqual({ kind: 'first' });
      await begin(lost);
      expect(await begin(lost, 'a', NOW + MINUTE)).toEqual({ kind: 'underway' });
      expect(await begin(lost, 'a', NOW + MINUTE + 1)).toEqual({ kind: 'first' });
      valueOf(await stores.answers.finish(lost, answer, NOW));
      valueOf(await stores.answers.release(lost));
      expect(await begin(lost)).toEqual({ kind: 'answered', answer });
    });

    it('[KEY-8] of several at once one is the first', async () => {
      const key = newKey();
      const kinds = (await Promise.all(Array.from({ length: 5 }, () => begin(key)))).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual(['first', 'underway', 'underway', 'underway', 'underway']);
    });
  });
}
