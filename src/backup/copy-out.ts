/** `COPY … TO STDOUT` over a connection of `pg`: rows as the text format has them, in pieces that end with a row. */
import type pg from 'pg';

/** Pieces wait for the reader until they are so many; then PostgreSQL waits. */
const MAX_WAITING = 2;

/** What `pg` calls of a query. */
interface CopyMessage {
  readonly chunk: Buffer;
}

/**
 * A query that is read as the pieces of its rows. A piece has `pieceBytes` at least, the last one what is left. Reading
 * rejects with PostgreSQL's error, or with that of the connection. Who stops in the middle has to end the connection.
 */
export class CopyOut implements pg.Submittable {
  readonly #text: string;
  readonly #pieceBytes: number;
  #connection: pg.Connection | null = null;
  #piece: Buffer[] = [];
  #bytes = 0;
  #waiting: Buffer[] = [];
  #state: 'running' | 'done' | { readonly error: Error } = 'running';
  #wake: () => void = () => undefined;
  #rows = 0;

  constructor(text: string, pieceBytes: number) {
    this.#text = text;
    this.#pieceBytes = pieceBytes;
  }

  /** Rows that were read; known when reading is over. */
  get rows(): number {
    return this.#rows;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = this.#waiting.shift();
      if (piece !== undefined) {
        if (this.#waiting.length < MAX_WAITING) this.#connection?.stream.resume();
        yield piece;
      } else if (this.#state === 'done') return;
      else if (this.#state !== 'running') throw this.#state.error;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: CopyMessage): void {
    // A copy: the parser uses its buffer again.
    this.#piece.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes >= this.#pieceBytes) this.#finishPiece();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.split(' ')[1]);
  }

  handleReadyForQuery(): void {
    if (this.#bytes > 0) this.#finishPiece();
    this.#end('done');
  }

  handleError(error: Error): void {
    this.#end({ error });
  }

  #finishPiece(): void {
    this.#waiting.push(Buffer.concat(this.#piece));
    this.#piece = [];
    this.#bytes = 0;
    if (this.#waiting.length >= MAX_WAITING) this.#connection?.stream.pause();
    this.#wake();
  }

  /** After an error PostgreSQL is ready too: the first word counts. */
  #end(state: 'done' | { readonly error: Error }): void {
    if (this.#state === 'running') this.#state = state;
    this.#connection?.stream.resume();
    this.#wake();
  }
}
