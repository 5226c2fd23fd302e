/** Reads the frames that a server writes into a socket: unmasked, whole, text. */
export function readFrames(bytes: Buffer): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== 0x81) throw new Error(`not a text frame at ${at}`);
    let length = bytes.readUInt8(at + 1);
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    if (at + length > bytes.length) throw new Error('a frame was cut');
    texts.push(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return texts;
}
