/** Tar (POSIX ustar) as far as backups need it: plain files with short names, each at hand as a whole. */

/** A file of an archive. */
export interface Member {
  readonly name: string;
  readonly bytes: Buffer;
}

const BLOCK = 512;
const NAME_BYTES = 100;
/** More is no member of ours but a damaged size, bytes. */
const MAX_MEMBER_BYTES = 1024 * 1024 * 1024;
const SIZE = { at: 124, digits: 11 } as const;
const CHECKSUM = { at: 148, bytes: 8 } as const;

/** What of an archive doesn't read as one. */
export class DamagedArchive extends Error {
  override readonly name = 'DamagedArchive';
}

/** The bytes of one member. `at`: its time, s since the epoch. Throws a RangeError for a name of more than 100 bytes. */
export function* tarMember({ name, bytes }: Member, at: number): Generator<Buffer> {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`a name too long for tar: ${name}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(bytes.length, SIZE.digits), SIZE.at);
  header.write(octal(at, 11), 136);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  header.write(`${octal(checksumOf(header), 6)}\u0000 `, CHECKSUM.at);
  yield header;
  yield bytes;
  const rest = bytes.length % BLOCK;
  if (rest > 0) yield Buffer.alloc(BLOCK - rest);
}

/** What an archive ends with. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** The members of an archive, one at a time. Rejects with {@link DamagedArchive} when it isn't whole. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const input = new ByteSource(source);
  for (;;) {
    const header = await input.take(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (numberAt(header, CHECKSUM.at, 6) !== checksumOf(header)) {
      throw new DamagedArchive('a header doesn’t match its checksum');
    }
    const end = header.indexOf(0);
    const name = header.toString('utf8', 0, end < 0 || end > NAME_BYTES ? NAME_BYTES : end);
    const size = numberAt(header, SIZE.at, SIZE.digits);
    if (size > MAX_MEMBER_BYTES) throw new DamagedArchive(`${name} is too large`);
    const bytes = await input.take(size);
    const rest = size % BLOCK;
    if (rest > 0) await input.take(BLOCK - rest);
    yield { name, bytes };
  }
  // To the very end, so that what decompresses has checked all of it.
  await input.drain();
}

/** The sum of a header's bytes, those of the sum itself counted as spaces. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (const [at, byte] of header.entries()) {
    sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.bytes ? 0x20 : byte;
  }
  return sum;
}

function numberAt(header: Buffer, at: number, digits: number): number {
  const text = header.toString('latin1', at, at + digits);
  if (!/^[0-7]+$/.test(text)) throw new DamagedArchive('a header holds no number where one belongs');
  return Number.parseInt(text, 8);
}

/** Takes pieces of any size out of chunks of any size. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) throw new DamagedArchive('it ends too soon');
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  async drain(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }
}
