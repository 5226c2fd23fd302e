/** A thread for one check of a password: it answers and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

const { hash, password } = workerData as { readonly hash: string; readonly password: string };
parentPort?.postMessage(compareSync(password, hash));
