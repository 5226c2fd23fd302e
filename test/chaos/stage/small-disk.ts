/** A disk that gets full for real: a tmpfs of a few MB, and a file that takes up what is free. */
import { execFile } from 'node:child_process';
import { chown, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PIECE = Buffer.alloc(1024 * 1024);
/** Less than a page of tables: who asks for one more is refused. */
const LAST_PIECE = 4 * 1024;

/** See the head of the file. */
export interface SmallDisk {
  /** An empty folder on it that belongs to the user. */
  readonly folder: string;
  /** Takes up all that is free on it. */
  fill(): Promise<void>;
  /** Gives that back. */
  clear(): Promise<void>;
  /** Nobody may have anything open on it. */
  unmount(): Promise<void>;
}

/** Mounts one at `path`, for this user. Rejects where this process may not: it takes root on Linux. */
export async function mountSmallDisk(
  path: string,
  bytes: number,
  owner: { readonly uid: number; readonly gid: number },
): Promise<SmallDisk> {
  await mkdir(path);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'tmpfs', path]);
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(`a disk that gets full takes root on Linux (mount -t tmpfs): ${why}`, { cause: error });
  }
  const folder = join(path, 'tables');
  await mkdir(folder);
  await chown(folder, owner.uid, owner.gid);
  const ballast = join(path, 'ballast');
  return {
    folder,
    fill: async () => {
      const file = await open(ballast, 'w');
      try {
        for (let size = PIECE.length; size >= LAST_PIECE; size /= 2) {
          while (await written(file.write(PIECE, 0, size)));
        }
      } finally {
        await file.close();
      }
    },
    clear: () => rm(ballast),
    unmount: async () => {
      await run('umount', [path]);
    },
  };
}

/** Whether it was; false: the disk is full. */
async function written(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
