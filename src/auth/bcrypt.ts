/**
 * Whether a password made a bcrypt hash, for accounts that come from systems which hash so. Nothing here makes such a hash. One
 * check takes about a tenth of a second at cost 10, so each has a thread of its own.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const ENTRY = new URL('../../workers/bcrypt.ts', import.meta.url);
/** `$2a$`, `$2b$` or `$2y$`: versions that differ in faults of old programs alone. Salt and sum in bcrypt's own base64. */
const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const LEAST_COST = 4;
/** Each more doubles the time: this takes about two seconds. */
const MOST_COST = 14;

/** Whether {@link bcryptMatches} can tell anything of `hash`. */
export function isBcrypt(hash: string): boolean {
  const cost = Number(HASH.exec(hash)?.[1]);
  return cost >= LEAST_COST && cost <= MOST_COST;
}

/** Whether `password` made `hash`; rejects when the thread can't say. As everywhere, only its first 72 bytes count. */
export async function bcryptMatches(hash: string, password: string): Promise<boolean> {
  if (!isBcrypt(hash)) return false;
  const thread = new Worker(ENTRY, { workerData: { hash, password } });
  try {
    const [matches] = (await once(thread, 'message')) as [unknown];
    return matches === true;
  } finally {
    await thread.terminate();
  }
}
