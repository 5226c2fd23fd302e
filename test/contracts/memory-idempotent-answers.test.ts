import { MemoryIdempotentAnswers } from '../../src/storage/memory/memory-idempotent-answers.ts';
import { idempotentAnswersContract } from './idempotent-answers.ts';

idempotentAnswersContract('idempotent answers in memory', async () => ({
  answers: new MemoryIdempotentAnswers(),
  close: async () => undefined,
}));
