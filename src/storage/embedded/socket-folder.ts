/** Where the embedded PostgreSQL listens: a Unix socket in a folder that only its owner (and root) can enter. */
import { chmod, chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The socket's file name ends with it; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** sun_path holds 108 bytes on Linux and 104 on macOS, the last one zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/** The folder: `<dataDir>/run`, or a new one in the temporary folder where that path would be too long for a socket. */
export async function chooseSocketFolder(dataDir: string): Promise<string> {
  const near = path.join(dataDir, 'run');
  const socket = path.join(near, `.s.PGSQL.${SOCKET_PORT}`);
  return Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES ? near : mkdtemp(path.join(tmpdir(), 'hubbub-'));
}

/**
 * Makes the folder if it isn't there (who stopped PostgreSQL may have removed it). It belongs to `owner` and has mode
 * 0700, which is what keeps other users of the host out.
 */
export async function prepareSocketFolder(
  folder: string,
  owner: { readonly uid: number; readonly gid: number } | null,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
}

/** The URL under which `pg` finds `database` behind the socket in `folder`. */
export function socketUrl(folder: string, port: number, database: string): string {
  return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(folder)}&port=${port}`;
}
