/** CSV (RFC 4180) as PostgreSQL's COPY writes it, record by record. */

/** A record longer than this isn't one: a quote is missing. Characters. */
const MAX_RECORD = 16 * 1024 * 1024;

/** A record, and the line that it begins on. An empty field that isn't quoted is null. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly (string | null)[];
}

/** All records of a text that comes in pieces; rejects for what can't be one. */
export async function* csvRecords(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let fields: (string | null)[] = [];
  let field = '';
  let [isQuoted, wasQuoted, mayEnd] = [false, false, false];
  let [line, beganAt, length] = [1, 1, 0];
  const endField = (): void => {
    fields.push(field === '' && !wasQuoted ? null : field);
    field = '';
    wasQuoted = false;
  };
  for await (const piece of pieces) {
    for (const character of piece) {
      if (character === '\n') line += 1;
      length += 1;
      if (length > MAX_RECORD) throw new Error(`line ${beganAt} has no end: a quote is missing`);
      if (isQuoted && !mayEnd) {
        if (character === '"') mayEnd = true;
        else field += character;
        continue;
      }
      if (mayEnd) {
        mayEnd = false;
        if (character === '"') {
          field += '"';
          continue;
        }
        isQuoted = false;
      }
      if (character === '"' && field === '') isQuoted = wasQuoted = true;
      else if (character === ',') endField();
      else if (character === '\n') {
        endField();
        // A line with nothing on it is none.
        if (fields.length > 1 || fields[0] !== null) yield { line: beganAt, fields };
        fields = [];
        [beganAt, length] = [line, 0];
      } else if (character !== '\r') field += character;
    }
  }
  if (isQuoted && !mayEnd) throw new Error(`line ${beganAt} has no end: a quote is missing`);
  if (field !== '' || wasQuoted || fields.length > 0) {
    endField();
    yield { line: beganAt, fields };
  }
}
