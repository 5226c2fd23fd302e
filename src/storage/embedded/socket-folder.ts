/** Where the embedded PostgreSQL listens: a Unix socket in a folder that only its owner (and root) can enter. */
import { chmod, chown, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The socket's file name ends with it; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** sun_path holds 108 bytes on Linux and 104 on macOS, the last one zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Makes the folder: `<dataDir>/run`, or a new one in the temporary folder where that path would be too long for a
 * socket. It belongs to `owner` and has mode 0700, which is what keeps other users of the host out.
 */
export async function makeSocketFolder(
  dataDir: string,
  owner: { readonly uid: number; readonly gid: number } | null,
): Promise<string> {
  const near = path.join(dataDir, 'run');
  const socket = path.join(near, `.s.PGSQL.${SOCKET_PORT}`);
  const folder =
    Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES ? near : await mkdtemp(path.join(tmpdir(), 'hubbub-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (owner !== null) await chown(folder, owner.uid, owner.gid);
  return folder;
}

/** The URL under which `pg` finds `database` behind the socket in `folder`. */
export function socketUrl(folder: string, port: number, database: string): string {
  return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(folder)}&port=${port}`;
}
