import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExportTask } from '../../workers/jobs.ts';
import { EXPORT_LIFETIME_MS, ExportFiles } from '../../src/composition/exports.ts';
import { ExportProgress } from '../../src/exports/export-file.ts';
import { valueOf } from '../contracts/stores.ts';

const ADMIN = { id: 'a', name: 'Admin' };
const ADA = { id: 'ada', name: 'Ada' };
const MESSAGES = { kind: 'messages', format: 'csv' } as const;
const OF_ADA = { kind: 'user', format: 'ndjson', userId: 'ada' } as const;

let directory = '';
let opened: ExportFiles[] = [];
let now = 1_000;
let numbers = 0;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'hubbub-exports-'));
  opened = [];
});
afterEach(async () => {
  for (const files of opened) await files.close();
  await rm(directory, { recursive: true });
});

/** Ends as it is told to. */
class Jobs {
  readonly tasks: (ExportTask & { end: (error?: Error) => Promise<void> })[] = [];
  async exportData(task: ExportTask, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      const end = async (error?: Error) => {
        if (error !== undefined) return reject(error);
        await writeFile(task.path, '12345');
        new ExportProgress(task.progress).tell(2, 5);
        resolve();
      };
      this.tasks.push({ ...task, end });
    });
  }
}

async function open(bounds = { kept: 5, bytes: 100 }) {
  const jobs = new Jobs();
  const files = new ExportFiles({
    ...{ directory, databaseUrl: 'postgres://x', jobs, bounds, logger: { warn: () => undefined } },
    ...{ now: () => now, newId: () => `e${(numbers += 1)}` },
  });
  opened.push(files);
  await files.load();
  return { jobs, files };
}

describe('exports', () => {
  it('[EXPORT-4] are written one after the other, and told as they stand', async () => {
    const { jobs, files } = await open();
    const first = valueOf(await files.start({ ...MESSAGES, channelIds: ['x'], from: 1 }, ADMIN));
    const second = valueOf(await files.start(OF_ADA, ADMIN));
    expect(files.list()).toMatchObject([
      { id: second.id, state: 'queued' },
      { id: first.id, state: 'running' },
    ]);
    expect(jobs.tasks).toMatchObject([{ channelIds: ['x'], from: 1, maxBytes: 100 }]);
    new ExportProgress(jobs.tasks[0]!.progress).tell(1, 3);
    expect(files.find(first.id)).toMatchObject({ rows: 1, bytes: 3 });
    expect(files.file(first.id)).toBeNull();
    await jobs.tasks[0]!.end();
    await vi.waitFor(() => expect(jobs.tasks).toHaveLength(2));
    expect(files.find(first.id)).toMatchObject({ state: 'done', rows: 2, bytes: 5, finishedAt: now });
    expect(await readFile(files.file(first.id)!, 'utf8')).toBe('12345');
    expect(jobs.tasks[1]!.maxBytes).toBe(95);
    await jobs.tasks[1]!.end(new Error('no'));
    await vi.waitFor(() => expect(files.find(second.id)).toMatchObject({ state: 'failed' }));
    expect(files.find(second.id)?.problem).toContain('the log says why');
  });

  it('[EXPORT-5] are there after a restart; those on their way are interrupted', async () => {
    const before = await open();
    const done = valueOf(await before.files.start(MESSAGES, ADMIN));
    await before.jobs.tasks[0]!.end();
    await vi.waitFor(() => expect(before.files.find(done.id)?.state).toBe('done'));
    const cut = valueOf(await before.files.start(MESSAGES, ADMIN));
    await writeFile(path.join(directory, `${cut.id}.csv.part`), 'half');
    await writeFile(path.join(directory, 'broken.json'), '{');
    // As if it had been killed: the other one knows nothing of it.
    const { files } = await open();
    expect(files.list()).toMatchObject([
      { id: cut.id, state: 'interrupted' },
      { id: done.id, state: 'done', bytes: 5 },
    ]);
    expect(files.file(done.id)).not.toBeNull();
    expect((await readdir(directory)).sort()).toEqual(
      [`${cut.id}.json`, `${done.id}.csv`, `${done.id}.json`].sort(),
    );
  });

  it('[EXPORT-5] end when they are removed, and after a day', async () => {
    const { jobs, files } = await open();
    const { id } = valueOf(await files.start(MESSAGES, ADMIN));
    expect(await files.remove(id)).toBe(true);
    expect(await files.remove(id)).toBe(false);
    const next = valueOf(await files.start(MESSAGES, ADMIN));
    await vi.waitFor(() => expect(jobs.tasks).toHaveLength(2));
    await jobs.tasks[1]!.end();
    await vi.waitFor(() => expect(files.find(next.id)?.state).toBe('done'));
    now += EXPORT_LIFETIME_MS;
    expect(files.find(next.id)).toBeNull();
    expect(files.file(next.id)).toBeNull();
    const last = valueOf(await files.start(MESSAGES, ADMIN));
    expect(files.list().map(({ id: kept }) => kept)).toEqual([last.id]);
    expect(await readdir(directory)).toEqual([`${last.id}.json`]);
  });

  it('[EXPORT-4] are bounded in number, and of oneself there is one', async () => {
    const { jobs, files } = await open({ kept: 2, bytes: 100 });
    const own = valueOf(await files.start(OF_ADA, ADA));
    expect(await files.start(OF_ADA, ADA)).toMatchObject({ failure: { code: 'conflict' } });
    await jobs.tasks[0]!.end();
    await vi.waitFor(() => expect(files.find(own.id)?.state).toBe('done'));
    const newer = valueOf(await files.start(OF_ADA, ADA));
    expect(files.find(own.id)).toBeNull();
    valueOf(await files.start(MESSAGES, ADMIN));
    expect(await files.start(MESSAGES, ADMIN)).toMatchObject({ failure: { code: 'overloaded' } });
    expect(files.find(newer.id)).not.toBeNull();
  });
});
