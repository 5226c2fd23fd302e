import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/protocol/result.ts';
import { type AuditHead, type CheckedRow, rowHash } from '../../src/storage/audit-chain.ts';
import { verifyChain } from '../../src/storage/audit-chain-reader.ts';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { actOf } from '../contracts/audit-log.ts';
import { valueOf } from '../contracts/stores.ts';

const COUNT = 7;

async function chainOf(count: number): Promise<{ rows: CheckedRow[]; head: AuditHead }> {
  const log = new MemoryAuditLog();
  for (let nth = 1; nth <= count; nth += 1) {
    const target = nth % 3 === 0 ? {} : { target: { kind: 'user', id: `u${nth}`, name: 'Bob' } as const };
    log.add(actOf({ at: 1_700_000_000_000 + nth, actor: `a${nth % 2}`, reason: 'why', ...target }));
  }
  return { rows: [...valueOf(await log.rows(0, count))], head: valueOf(await log.head()) };
}

async function verdictOf(rows: readonly CheckedRow[], head: AuditHead, pinned?: AuditHead) {
  const chain = {
    head: async () => ok(head),
    rows: async (after: number, limit: number) =>
      ok(
        rows
          .filter(({ seq }) => seq > after)
          .sort((a, b) => a.seq - b.seq)
          .slice(0, limit),
      ),
  };
  return valueOf(await verifyChain(chain, pinned));
}

/** The row with every hash made anew, as whoever knows the rule could. */
function rehashed(row: CheckedRow, previous: string): CheckedRow {
  return { ...row, previous, hash: rowHash(row, previous) };
}

const nth = fc.integer({ min: 0, max: COUNT - 1 });
const FIELDS = [
  'at',
  'actor',
  'action',
  'targetKind',
  'targetId',
  'channel',
  'details',
  'previous',
  'hash',
] as const;

describe('[AUDIT-6] the chain', () => {
  it('is sound as it was appended, erased texts or not, and an empty one is too', async () => {
    const { rows, head } = await chainOf(COUNT);
    expect(await verdictOf(rows, head)).toEqual({ sound: true, head });
    expect(
      await verdictOf(
        rows.map((row) => ({ ...row, text: null })),
        head,
      ),
    ).toEqual({ sound: true, head });
    const empty = await chainOf(0);
    expect(await verdictOf([], empty.head)).toEqual({ sound: true, head: { seq: 0, hash: '0'.repeat(64) } });
  });

  it('reads more than a page', async () => {
    const { rows, head } = await chainOf(2_001);
    expect(await verdictOf(rows, head)).toEqual({ sound: true, head });
    expect(await verdictOf(rows.toSpliced(1_500, 1), head)).toMatchObject({ problem: 'row 1501 is missing' });
  });

  it('tells which row was changed, whatever was changed of it', async () => {
    const { rows, head } = await chainOf(COUNT);
    const changed = fc.record({ at: nth, field: fc.constantFrom(...FIELDS), rehash: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(changed, async ({ at, field, rehash }) => {
        const row = rows[at]!;
        const other = {
          at: row.at + 1,
          details: 'ab'.repeat(32),
          previous: 'cd'.repeat(32),
          hash: 'ef'.repeat(32),
        };
        const value = field in other ? other[field as keyof typeof other] : `${String(row[field])}x`;
        const tampered = { ...row, [field]: value, ...(field === 'details' ? { text: null } : {}) };
        const again = rehash && field !== 'previous' && field !== 'hash';
        const verdict = await verdictOf(
          rows.with(at, again ? rehashed(tampered, row.previous) : tampered),
          head,
        );
        // One that was hashed again is told by the row, or the head, that follows it.
        const told = again ? (at === COUNT - 1 ? `not row ${COUNT}` : `row ${at + 2} `) : `row ${at + 1} `;
        expect(verdict).toEqual({ sound: false, problem: expect.stringContaining(told) });
      }),
    );
  });

  it('tells which text was changed', async () => {
    const { rows, head } = await chainOf(COUNT);
    const other = { ...rows[3]!, text: { ...rows[3]!.text!, text: '{}' } };
    expect(await verdictOf(rows.with(3, other), head)).toMatchObject({
      problem: 'the text of row 4 was changed',
    });
  });

  it('tells that rows were removed, inserted or reordered', async () => {
    const { rows, head } = await chainOf(COUNT);
    await fc.assert(
      fc.asyncProperty(nth, nth, async (at, to) => {
        const removed = await verdictOf(rows.toSpliced(at, 1), head);
        expect(removed).toEqual({ sound: false, problem: `row ${at + 1} is missing` });
        // The rows behind it move up, or make room.
        const renumbered = (list: CheckedRow[]) => list.map((row, index) => ({ ...row, seq: index + 1 }));
        if (at < COUNT - 1) {
          expect(await verdictOf(renumbered(rows.toSpliced(at, 1)), head)).toMatchObject({ sound: false });
        }
        const twice = await verdictOf(renumbered(rows.toSpliced(to, 0, rows[at]!)), head);
        expect(twice).toMatchObject({ sound: false });
        const moved = rows.toSpliced(at, 1).toSpliced(to, 0, rows[at]!);
        expect((await verdictOf(renumbered(moved), head)).sound).toBe(at === to);
      }),
    );
    const more = rehashed({ ...rows[0]!, seq: COUNT + 1 }, head.hash);
    expect(await verdictOf([...rows, more], head)).toMatchObject({
      problem: `row ${COUNT + 1} stands behind the head of the chain`,
    });
  });

  it('[AUDIT-7] a head that was noted tells of a tail that is missing or was written anew', async () => {
    const { rows, head } = await chainOf(COUNT);
    expect(await verdictOf(rows, head, head)).toEqual({ sound: true, head });
    const [third, second] = [rows[2]!, rows[1]!];
    expect(await verdictOf(rows, head, { seq: 3, hash: third.hash })).toEqual({ sound: true, head });
    expect(await verdictOf(rows, head, { seq: 0, hash: '0'.repeat(64) })).toEqual({ sound: true, head });
    const cut = { seq: 3, hash: third.hash };
    expect(await verdictOf(rows.slice(0, 3), cut)).toEqual({ sound: true, head: cut });
    expect(await verdictOf(rows.slice(0, 3), cut, head)).toEqual({
      ...{ sound: false, problem: `rows 4 to ${COUNT} are missing` },
    });
    const anew = rehashed({ ...third, actor: 'eve' }, second.hash);
    const newHead = { seq: 3, hash: anew.hash };
    expect(await verdictOf([...rows.slice(0, 2), anew], newHead)).toMatchObject({ sound: true });
    expect(await verdictOf([...rows.slice(0, 2), anew], newHead, cut)).toEqual({
      ...{ sound: false, problem: 'row 3 is not the one that was noted' },
    });
  });

  it('rows that are appended while it reads are read too', async () => {
    const { rows, head } = await chainOf(COUNT);
    let known = 3;
    const chain = {
      head: async () => ok({ seq: known, hash: rows[known - 1]!.hash }),
      rows: async (after: number, limit: number) => {
        const read = rows.slice(after, known).slice(0, limit);
        known = Math.min(COUNT, known + 1);
        return ok(read);
      },
    };
    const verdict = valueOf(await verifyChain(chain));
    expect(verdict).toEqual({ sound: true, head });
  });
});
