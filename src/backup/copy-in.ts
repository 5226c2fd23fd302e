/** `COPY … FROM STDIN` over a connection of `pg`: rows as the text format has them, cut anywhere. */
import { once } from 'node:events';
import type pg from 'pg';

/** At most so much is handed over at once, bytes: `pg` copies each piece. */
const SLICE_BYTES = 64 * 1024;

/** What `pg`'s connection can do beside what its types tell. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** A query that takes rows. Every call rejects with PostgreSQL's error, or with that of the connection. */
export class CopyIn implements pg.Submittable {
  readonly #text: string;
  readonly #ready = Promise.withResolvers<CopyConnection>();
  readonly #done = Promise.withResolvers<number>();
  #rows = 0;
  #error: Error | null = null;

  constructor(text: string) {
    this.#text = text;
    // Whoever isn't waiting just now learns it at the next call.
    this.#ready.promise.catch(() => undefined);
    this.#done.promise.catch(() => undefined);
  }

  /** Hands rows over; resolves when more may come. */
  async write(bytes: Buffer): Promise<void> {
    const connection = await this.#ready.promise;
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      if (this.#error !== null) throw this.#error;
      connection.sendCopyFromChunk(bytes.subarray(at, at + SLICE_BYTES));
      // A refused row, or a broken connection, ends the wait.
      if (connection.stream.writableNeedDrain)
        await Promise.race([once(connection.stream, 'drain'), this.#done.promise]);
    }
  }

  /** No more comes; resolves with the number of rows that were taken. */
  async end(): Promise<number> {
    (await this.#ready.promise).endCopyFrom();
    return this.#done.promise;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#ready.resolve(connection);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.split(' ')[1]);
  }

  handleReadyForQuery(): void {
    this.#done.resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#error ??= error;
    this.#ready.reject(error);
    this.#done.reject(error);
  }
}
