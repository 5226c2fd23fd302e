import { PostgresIdempotentAnswers } from '../../src/storage/postgres-idempotent-answers.ts';
import { idempotentAnswersContract } from './idempotent-answers.ts';
import { openDatabase } from './postgres-database.ts';

idempotentAnswersContract('idempotent answers in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return { answers: new PostgresIdempotentAnswers(database), close };
});
