/** The archive that backups are, byte by byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedArchive, readTar, tarEnd, tarMember, type Member } from '../../src/backup/tar.ts';

function archiveOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.flatMap((member) => [...tarMember(member, 1_700_000_000)]), tarEnd()]);
}

async function* chunks(bytes: Buffer, sizes: readonly number[] = [1_000]): AsyncGenerator<Buffer> {
  for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
    const size = sizes[nth % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function membersOf(source: AsyncIterable<Buffer>): Promise<Member[]> {
  const members: Member[] = [];
  for await (const member of readTar(source)) members.push(member);
  return members;
}

const member = fc.record({
  name: fc.stringMatching(/^[a-z_]{1,40}\/[0-9]{6}\.copy$/),
  bytes: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
});

describe('the archive of a backup', () => {
  it('[OPS-62] reads as it was written, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: 5 }),
        async (members, sizes) => {
          const read = await membersOf(chunks(archiveOf(members), sizes));
          expect(read.map(({ name, bytes }) => [name, bytes.toString('hex')])).toEqual(
            members.map(({ name, bytes }) => [name, bytes.toString('hex')]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('[OPS-62] cut off anywhere but behind its end it is damaged', async () => {
    const whole = archiveOf([{ name: 'a/000001.copy', bytes: Buffer.from('one\ttwo\n') }]);
    for (let length = 0; length <= whole.length - 1_024; length += 64) {
      await expect(membersOf(chunks(whole.subarray(0, length)))).rejects.toThrow(DamagedArchive);
    }
  });

  it('[OPS-62] a header that was touched is damaged', async () => {
    const whole = archiveOf([{ name: 'a/000001.copy', bytes: Buffer.from('one\ttwo\n') }]);
    for (let at = 0; at < 512; at += 1) {
      // What stands behind the checksum says nothing.
      if (at === 154 || at === 155) continue;
      const touched = Buffer.from(whole);
      touched[at]! ^= 0x04;
      await expect(membersOf(chunks(touched))).rejects.toThrow(DamagedArchive);
    }
  });

  it('[OPS-62] refuses names that no header takes', () => {
    expect(() => archiveOf([{ name: 'x'.repeat(101), bytes: Buffer.alloc(0) }])).toThrow(RangeError);
  });
});
