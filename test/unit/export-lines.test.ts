import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvCell, csvLine, csvRecord } from '../../src/exports/csv.ts';
import { ExportProgress, writeExport } from '../../src/exports/export-file.ts';
import type { ExportFormat, ExportRecord } from '../../src/exports/export-record.ts';
import { refusalOf } from '../../src/exports/export-refusal.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'hubbub-export-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The cells of one line, as RFC 4180 has them. */
function cellsOf(line: string): string[] {
  const cells = [...`,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

describe('CSV', () => {
  it('[EXPORT-3] quotes what it must', () => {
    expect(csvLine(['a', '', 'b,c', 'd"e', 'f\ng', ' h '])).toBe('a,,"b,c","d""e","f\ng", h \r\n');
  });

  it('[EXPORT-3] gives every text back, but for what looks like a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2 }), (texts) => {
        const cells = cellsOf(csvLine(texts));
        const sound = texts.every((text, index) => {
          const cell = cells[index] ?? '';
          return (cell === text || cell === `'${text}`) && !/^[=+\-@]/.test(cell);
        });
        expect([sound, cells.length]).toEqual([true, texts.length]);
      }),
      { numRuns: 50 },
    );
  });

  it('[EXPORT-3] no cell is a formula; numbers are numbers', () => {
    for (const text of ['=1+1', '+1', '-1', '@a', '\t=1', '\r=1']) {
      expect(csvCell(text).replaceAll('"', '')).toBe(`'${text}`);
    }
    expect(csvRecord({ kind: 'k', seq: -1, content: '-1', when: 5 }, ['seq', 'content', 'details'])).toBe(
      `-1,'-1,"{""when"":5}"\r\n`,
    );
  });
});

describe('a file of an export', () => {
  const records: ExportRecord[] = [
    { kind: 'export', version: 1 },
    { kind: 'channel', channel_id: 'a', name: 'A' },
    {
      kind: 'message',
      channel_id: 'a',
      seq: 1,
      id: 'm',
      content: 'ü\n',
      edited_at: undefined,
      reply_to: null,
    },
  ];
  async function* all(): AsyncGenerator<ExportRecord> {
    yield* records;
  }
  const write = async (format: ExportFormat, maxBytes = 1_000) => {
    const progress = new ExportProgress();
    const file = path.join(directory, `${format}${maxBytes}`);
    await writeExport({ path: file, kind: 'messages', format, maxBytes }, all(), progress);
    return { text: await readFile(file, 'utf8'), progress };
  };

  it('[EXPORT-1] has a JSON object a line, and tells how far it is', async () => {
    const { text, progress } = await write('ndjson');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      records[0],
      records[1],
      { kind: 'message', channel_id: 'a', seq: 1, id: 'm', content: 'ü\n' },
    ]);
    expect(progress.rows).toBe(3);
    expect(progress.bytes).toBe(Buffer.byteLength(text));
    expect(new ExportProgress(progress.shared).rows).toBe(3);
  });

  it('[EXPORT-1] or is a table with a first row of names', async () => {
    const { text } = await write('csv');
    expect(text.split('\r\n')).toEqual([
      'channel_id,seq,id,timestamp,author_id,author_name,content,edited_at,reply_to,client_message_id,details',
      'a,1,m,,,,"ü\n",,,,',
      '',
    ]);
  });

  it('[EXPORT-4] is never larger than it may be', async () => {
    const refused = await write('ndjson', 40).catch((error: unknown) => error);
    // As it comes from a thread.
    expect(refusalOf(structuredClone(refused))).toContain('no room for so much');
  });
});
