/** A Unix socket that only this user can reach. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where it is. */
export interface PrivateSocket {
  readonly path: string;
  /** Removes it and its folder. */
  remove(): Promise<void>;
}

/** A new one; nothing listens yet. The folder is its own, with mode 0700 (mkdtemp(3)). */
export async function privateSocket(): Promise<PrivateSocket> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-'));
  return {
    path: join(folder, 'http'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
