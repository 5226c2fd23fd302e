/** What other programs reach of the server: keys, and what they open. */
import { randomBytes } from 'node:crypto';
import type { HttpDeps } from '../admin/http-deps.ts';
import type { ShardControl } from '../admin/ports/shard-control.ts';
import { ServerApi } from '../admin/server-api.ts';
import { ApiKeys } from '../auth/api-keys.ts';
import { ProgramUsers } from '../auth/program-users.ts';
import { PostgresApiKeys } from '../storage/postgres-api-keys.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { PostgresIdempotentAnswers } from '../storage/postgres-idempotent-answers.ts';
import { processClock } from '../threads/process-clock.ts';
import type { SocketSurroundings } from './socket-side.ts';

/** What is known of people, how changes come to hold, and the way to shards. */
interface ServerApiSurroundings {
  readonly find: HttpDeps['findPerson'];
  readonly applied: () => Promise<void>;
  readonly shards: ShardControl;
}

/** Builds it. */
export function buildServerApi(
  { stores, identity }: Pick<SocketSurroundings, 'stores' | 'identity'>,
  { find: findPerson, applied, shards }: ServerApiSurroundings,
): Pick<HttpDeps, 'apiKeys' | 'serverApi' | 'programUsers' | 'answers'> {
  const { database } = stores;
  const { accountStore: accounts, issuer, names } = identity;
  const now = (): number => Date.now();
  return {
    apiKeys: new ApiKeys({
      ...{ store: new PostgresApiKeys(database), now, mono: processClock, random: randomBytes },
    }),
    serverApi: new ServerApi({
      ...{ shards, names, findPerson, now },
      directory: new PostgresDirectory(database),
    }),
    programUsers: new ProgramUsers({ accounts, issuer, findPerson, applied, random: randomBytes, now }),
    answers: new PostgresIdempotentAnswers(database),
  };
}
