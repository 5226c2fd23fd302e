/**
 * Exports: files in a folder, each with a page beside it that says what it is, so that both are there after a restart. One is
 * written at a time, in the job pool; the others wait. A state moves from `queued` over `running` to `done` or `failed`; what a
 * process left on its way is `interrupted` when the next one starts.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Exports, type ExportOrder, isOwn, type StoredExport } from '../admin/ports/exports.ts';
import { ExportProgress } from '../exports/export-file.ts';
import { refusalOf } from '../exports/export-refusal.ts';
import type { Logger } from '../observability/logger.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { JobPool } from './job-pool.ts';

/** How long an export is kept from when it was asked for, ms. */
export const EXPORT_LIFETIME_MS = 24 * 3_600_000;
const LOOK_MS = 60_000;
const RETRY_AFTER_MS = 60_000;

/** What they need. */
export interface ExportFilesOptions {
  /** Made with the first export. */
  readonly directory: string;
  readonly databaseUrl: string;
  readonly jobs: Pick<JobPool, 'exportData'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Exports that are kept, and bytes of all files. */
  readonly bounds?: { readonly kept: number; readonly bytes: number };
}

const BOUNDS = { kept: 100, bytes: 8 * 2 ** 30 };

interface Kept {
  readonly told: StoredExport;
  /** While it is being written. */
  readonly progress?: ExportProgress;
  readonly stopping?: AbortController;
}

/** See the head of the file. */
export class ExportFiles implements Exports {
  readonly #options: ExportFilesOptions;
  readonly #kept = new Map<string, Kept>();
  #writing: Promise<void> | null = null;
  #isLoaded = false;
  #isClosed = false;
  readonly #timer: NodeJS.Timeout;

  constructor(options: ExportFilesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#expire(), LOOK_MS).unref();
  }

  /**
   * Finds what is in the folder, and removes what is left of exports that didn't come to their end. Nobody else may use the
   * folder any more.
   */
  async load(): Promise<void> {
    const { directory, now } = this.#options;
    const names = await readdir(directory).catch(() => []);
    const found: StoredExport[] = [];
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      const page = pageOf(await readFile(path.join(directory, name), 'utf8').catch(() => ''));
      if (page !== null) found.push(page);
    }
    const known = new Set<string>();
    for (const page of found.sort((a, b) => a.createdAt - b.createdAt)) {
      const told: StoredExport = isUnderWay(page)
        ? { ...page, state: 'interrupted', finishedAt: now(), bytes: 0 }
        : page;
      this.#kept.set(told.id, { told });
      known.add(this.#pagePath(told.id));
      if (told.state === 'done') known.add(this.#path(told));
      if (told !== page) await this.#save(told).catch(() => undefined);
    }
    for (const file of names.map((name) => path.join(directory, name))) {
      if (!known.has(file)) await rm(file, { force: true }).catch(() => undefined);
    }
    this.#isLoaded = true;
    await this.#expire();
  }

  async start(order: ExportOrder, by: UserRef): Promise<Result<StoredExport>> {
    const { newId, now, directory, bounds = BOUNDS } = this.#options;
    if (!this.#isLoaded || this.#isClosed) {
      return fail(failure('unavailable', 'No export can be begun now.', LOOK_MS));
    }
    await this.#expire();
    const created = { ...order, id: newId(), by, state: 'queued', rows: 0, bytes: 0 } as const;
    const told = { ...created, createdAt: now(), expiresAt: now() + EXPORT_LIFETIME_MS };
    if (isOwn(told)) {
      for (const known of this.list()) {
        if (!isOwn(known) || known.by.id !== by.id) continue;
        if (isUnderWay(known)) return fail(failure('conflict', 'An export of yours is under way already.'));
        await this.remove(known.id);
      }
    }
    if (this.#kept.size >= bounds.kept || this.#bytes() >= bounds.bytes) {
      return fail(failure('overloaded', 'Too many exports are kept: remove some.', RETRY_AFTER_MS));
    }
    this.#kept.set(told.id, { told });
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await this.#save(told);
    } catch (error) {
      this.#kept.delete(told.id);
      this.#options.logger.warn({ err: error }, 'the folder of exports takes no files');
      return fail(failure('unavailable', 'The export could not be begun.', RETRY_AFTER_MS));
    }
    this.#next();
    return ok(told);
  }

  list(): readonly StoredExport[] {
    return [...this.#kept.values()].map(current).reverse();
  }

  find(id: string): StoredExport | null {
    const kept = this.#kept.get(id);
    return kept === undefined || kept.told.expiresAt <= this.#options.now() ? null : current(kept);
  }

  file(id: string): string | null {
    const found = this.find(id);
    return found?.state === 'done' ? this.#path(found) : null;
  }

  async remove(id: string): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (kept === undefined) return false;
    this.#kept.delete(id);
    kept.stopping?.abort();
    await this.#erase(kept.told);
    return true;
  }

  /** Ends what is under way; it is `interrupted`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const { stopping } of this.#kept.values()) stopping?.abort();
    await this.#writing;
  }

  #next(): void {
    if (this.#writing !== null || this.#isClosed) return;
    const waiting = [...this.#kept.values()].find(({ told }) => told.state === 'queued');
    if (waiting === undefined) return;
    this.#writing = this.#write(waiting.told).finally(() => {
      this.#writing = null;
      this.#next();
    });
  }

  async #write(order: StoredExport): Promise<void> {
    const { jobs, databaseUrl, now, logger, bounds = BOUNDS } = this.#options;
    const { id, kind, format, channelIds, from, to, userId } = order;
    const stopping = new AbortController();
    const progress = new ExportProgress();
    const told: StoredExport = { ...order, state: 'running' };
    this.#kept.set(id, { told, progress, stopping });
    const finalPath = this.#path(told);
    const partPath = `${finalPath}.part`;
    const task = {
      ...{ databaseUrl, kind, format, path: partPath, at: now(), progress: progress.shared },
      maxBytes: Math.max(0, bounds.bytes - this.#bytes()),
      ...(channelIds === undefined ? {} : { channelIds }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(userId === undefined ? {} : { userId }),
    };
    let ended: Pick<StoredExport, 'state' | 'problem'> = { state: 'done' };
    try {
      await jobs.exportData(task, stopping.signal);
      await rename(partPath, finalPath);
    } catch (error) {
      await rm(partPath, { force: true }).catch(() => undefined);
      if (stopping.signal.aborted) ended = { state: 'interrupted' };
      else {
        logger.warn({ err: error, export: id }, 'an export was not finished');
        ended = { state: 'failed', problem: problemOf(error) };
      }
    }
    if (!this.#kept.has(id)) return this.#erase(told);
    const { rows, bytes } = progress;
    const whole = { ...told, ...ended, rows, bytes: ended.state === 'done' ? bytes : 0, finishedAt: now() };
    this.#kept.set(id, { told: whole });
    await this.#save(whole).catch((error: unknown) => {
      logger.warn({ err: error, export: id }, 'what became of an export could not be kept');
    });
  }

  async #expire(): Promise<void> {
    const now = this.#options.now();
    for (const { told } of this.#kept.values()) if (told.expiresAt <= now) await this.remove(told.id);
  }

  async #erase(told: StoredExport): Promise<void> {
    for (const file of [this.#path(told), this.#pagePath(told.id)]) {
      await rm(file, { force: true }).catch((error: unknown) => {
        this.#options.logger.warn(
          { err: error, export: told.id },
          'a file of an export could not be removed',
        );
      });
    }
  }

  /** Whole or not at all: it is written beside its place first. */
  async #save(told: StoredExport): Promise<void> {
    const place = this.#pagePath(told.id);
    await writeFile(`${place}.part`, JSON.stringify(told), { mode: 0o600 });
    await rename(`${place}.part`, place);
  }

  #bytes(): number {
    return [...this.#kept.values()].reduce((sum, { told }) => sum + told.bytes, 0);
  }

  #path({ id, format }: Pick<StoredExport, 'id' | 'format'>): string {
    return path.join(this.#options.directory, `${id}.${format}`);
  }

  #pagePath(id: string): string {
    return path.join(this.#options.directory, `${id}.json`);
  }
}

function current({ told, progress }: Kept): StoredExport {
  return progress === undefined ? told : { ...told, rows: progress.rows, bytes: progress.bytes };
}

function isUnderWay({ state }: StoredExport): boolean {
  return state === 'queued' || state === 'running';
}

/** What was saved; null: it can't be read. */
function pageOf(text: string): StoredExport | null {
  try {
    const page = JSON.parse(text) as StoredExport;
    return typeof page.id === 'string' && typeof page.expiresAt === 'number' ? page : null;
  } catch {
    return null;
  }
}

function problemOf(error: unknown): string {
  return refusalOf(error) ?? 'The database or the disk stood against it: the log says why.';
}
