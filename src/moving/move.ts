/** Brings everything of another system over: table by table, some rows at a time. */
import { leftOut, type MoveWriter } from './move-target.ts';
import type { MovedItems, MovedKind } from './items.ts';
import type { MoveReport } from './move-report.ts';
import type { Source, SourceRow } from './source.ts';
import type { Step } from './system.ts';

/** One for each kind. */
export type MoveWriters = { readonly [Kind in MovedKind]: MoveWriter<MovedItems[Kind]> };

/**
 * Takes the steps one after the other; `progress` is told of the rows that were read. What a row lacks leaves that row out, and the report says so. Rejects when a side
 * breaks off: what came over until then is there, and known the next time.
 */
export async function moveAll(
  source: Source,
  steps: readonly Step[],
  writers: MoveWriters,
  report: MoveReport,
  progress: (kind: MovedKind, read: number) => void = () => undefined,
): Promise<void> {
  for (const one of steps) {
    const from = source.nameOf(one.shape);
    report.begin(one.kind, from);
    if (from === null) continue;
    const writer = writers[one.kind] as MoveWriter<MovedItems[MovedKind]>;
    for await (const rows of source.rows(one.shape)) {
      const items = rows.flatMap((row) => itemsIn(row, one, report));
      if (items.length === 0) continue;
      const outcomes = await writer.write(items);
      for (const [index, { from }] of items.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined)
          throw new Error(`a writer of ${one.kind} answered with fewer outcomes than it was given`);
        report.count(one.kind, outcome, from);
      }
      progress(one.kind, report.readOf(one.kind));
    }
    await writer.end?.();
  }
}

function itemsIn(
  source: SourceRow<string>,
  { kind, read }: Step,
  report: MoveReport,
): MovedItems[MovedKind][] {
  if ('problem' in source) {
    report.count(kind, leftOut(source.problem), source.at);
    return [];
  }
  const item = read(source.row);
  if (item === null) return [];
  if (!('problem' in item)) return [item];
  report.count(kind, leftOut(item.problem), source.row['id'] ?? source.at);
  return [];
}
