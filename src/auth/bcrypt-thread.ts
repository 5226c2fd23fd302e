/** Checks of passwords by bcrypt, each on a thread of its own: they would hold up everything else. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const ENTRY = new URL('../../workers/bcrypt.ts', import.meta.url);

/** Whether `password` made `hash`; rejects when the thread can't say. */
export async function bcryptMatchesOnThread(hash: string, password: string): Promise<boolean> {
  const thread = new Worker(ENTRY, { workerData: { hash, password } });
  try {
    const [matches] = (await once(thread, 'message')) as [unknown];
    return matches === true;
  } finally {
    await thread.terminate();
  }
}
