/** Why an export can't be made, in words for whoever asked for it. */

/** On the way between threads an error keeps its message alone. */
const MARK = 'export refused: ';

export class ExportRefusal extends Error {
  constructor(words: string) {
    super(MARK + words);
  }
}

/** The words of an {@link ExportRefusal}, also of one that came from another thread; null: it is something else. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error) || !error.message.startsWith(MARK)) return null;
  return error.message.slice(MARK.length);
}
