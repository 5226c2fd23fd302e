/** What kind of frame Hubbub sent, read without parsing the rest: at full load every µs of the load counts. */

/** Every frame that this server encodes begins so. */
const BEGIN = Buffer.from('{"type":"');
const QUOTE = 0x22;

/** `type` of the JSON frame in `bytes` from `start` to before `end`. Throws for what is no JSON. */
export function frameType(bytes: Buffer, start: number, end: number): string {
  for (let i = 0; i < BEGIN.length; i += 1) {
    if (bytes[start + i] !== BEGIN[i]) return parsedType(bytes, start, end);
  }
  let at = start + BEGIN.length;
  while (at < end && bytes[at] !== QUOTE) at += 1;
  return bytes.toString('latin1', start + BEGIN.length, at);
}

function parsedType(bytes: Buffer, start: number, end: number): string {
  const { type } = JSON.parse(bytes.toString('utf8', start, end)) as { readonly type?: unknown };
  return typeof type === 'string' ? type : '';
}
