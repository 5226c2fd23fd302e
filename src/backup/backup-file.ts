/** The file that a backup is kept in: a tar archive, compressed with Zstandard. */
import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { FORMAT, formatOf, HEAD_NAME, MANIFEST_NAME, readHead, readManifest, sha256 } from './manifest.ts';
import type { BackupHead, BackupManifest } from './manifest.ts';
import { DamagedArchive, readTar } from './tar.ts';
import type { Member } from './tar.ts';

const READ_BYTES = 256 * 1024;

/** A backup whose every byte was checked. */
export interface CheckedBackup {
  readonly head: BackupHead;
  readonly manifest: BackupManifest;
  /** Its members once more, from the same open file, each checked again. Rejects with {@link DamagedArchive}. */
  members(): AsyncGenerator<Member>;
  close(): Promise<void>;
}

/** Writes an archive to a stream and ends that; rejects with what broke. */
export async function compressTo(
  archive: AsyncIterable<Buffer>,
  sink: Writable,
  signal: AbortSignal,
): Promise<void> {
  // Its checksum finds a flipped bit even in what no reader asks for.
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  await pipeline(archive, compress, sink, { signal });
}

/**
 * Writes an archive to a file that only its owner can read, and that appears under its name when it is whole and on
 * disk; gives its size, bytes. Fails when there is such a file, or none can be made; rejects when the archive breaks off.
 */
export async function writeBackupFile(
  file: string,
  archive: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<Result<number>> {
  const there = await stat(file).then(
    () => true,
    () => false,
  );
  if (there) return fail(failure('conflict', `${file} exists already: choose another name.`));
  const partial = `${file}.partial-${process.pid}`;
  let handle: FileHandle;
  try {
    handle = await open(partial, 'wx', 0o600);
  } catch (error) {
    return fail(failure('internal', `${file} can't be written: ${reasonOf(error)}.`));
  }
  try {
    await compressTo(archive, createWriteStream('', { fd: handle.fd, autoClose: false }), signal);
    await handle.sync();
    const { size } = await handle.stat();
    await handle.close();
    await rename(partial, file);
    await syncFolder(path.dirname(path.resolve(file)));
    return ok(size);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

/** Reads a whole backup and checks it, before anything is done with it. */
export async function openBackup(file: string): Promise<Result<CheckedBackup>> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    return fail(failure('not_found', `${file} can't be read: ${reasonOf(error)}.`));
  }
  const checked = await check(handle, file);
  if (!checked.ok) await handle.close();
  return checked;
}

async function check(handle: FileHandle, file: string): Promise<Result<CheckedBackup>> {
  let head: BackupHead | null = null;
  let manifest: BackupManifest | null = null;
  const sums = new Map<string, string>();
  try {
    for await (const { name, bytes } of membersOf(handle)) {
      if (manifest !== null) throw new DamagedArchive('something stands behind its manifest');
      if (sums.size === 0) {
        const format = name === HEAD_NAME ? formatOf(bytes) : null;
        if (typeof format === 'number' && format > FORMAT) return tooNew(file);
        head = readHead(bytes);
        if (head === null || name !== HEAD_NAME) throw new DamagedArchive('its head is none');
      }
      if (name === MANIFEST_NAME) {
        manifest = readManifest(bytes);
        if (manifest === null) throw new DamagedArchive('its manifest is none');
      } else {
        if (sums.has(name)) throw new DamagedArchive(`${name} stands in it twice`);
        sums.set(name, sha256(bytes));
      }
    }
    if (head === null || manifest === null) throw new DamagedArchive('it has no manifest');
    compare(manifest, sums);
  } catch (error) {
    return fail(
      failure(
        'bad_request',
        `${file} is damaged, or no backup of Hubbub: ${reasonOf(error)}. Nothing was changed.`,
      ),
    );
  }
  const found = { head, manifest };
  return ok({ ...found, members: () => checkedAgain(handle, sums), close: () => handle.close() });
}

/** Each part that the manifest names is there and what it was, and nothing else is. */
function compare(manifest: BackupManifest, sums: ReadonlyMap<string, string>): void {
  const parts = manifest.tables.flatMap((table) => table.parts);
  const wanted = [{ name: HEAD_NAME, sha256: manifest.head_sha256 }, ...parts];
  const wrong = wanted.find((part) => sums.get(part.name) !== part.sha256);
  if (wrong !== undefined) throw new DamagedArchive(`${wrong.name} isn't what was written`);
  if (wanted.length !== sums.size) throw new DamagedArchive('it holds what its manifest doesn’t name');
}

async function* checkedAgain(handle: FileHandle, sums: ReadonlyMap<string, string>): AsyncGenerator<Member> {
  for await (const member of membersOf(handle)) {
    if (member.name !== MANIFEST_NAME && sums.get(member.name) !== sha256(member.bytes)) {
      throw new DamagedArchive(`${member.name} changed while it was read`);
    }
    yield member;
  }
}

async function* membersOf(handle: FileHandle): AsyncGenerator<Member> {
  const bytes = createReadStream('', {
    ...{ fd: handle, start: 0, autoClose: false, highWaterMark: READ_BYTES },
  });
  const plain = createZstdDecompress();
  // The reader sees how it ends: what breaks in the file breaks the other stream too.
  const flow = pipeline(bytes, plain).catch(() => undefined);
  try {
    yield* readTar(plain);
    // Behind the end of the compressed part anything could stand, and nobody would look at it.
    if (plain.bytesWritten !== bytes.bytesRead) throw new DamagedArchive('something stands behind its end');
  } finally {
    plain.destroy();
    await flow;
  }
}

function tooNew(file: string): Result<never> {
  return fail(
    failure('bad_request', `${file} was made by a newer Hubbub: restore it with that one, or a later one.`),
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  // Some file systems can't; the file itself is on disk.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
