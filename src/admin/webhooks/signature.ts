/** How receivers know that it is this server that tells them something, and when it did. */
import { createHmac } from 'node:crypto';

/** `X-Hubbub-Signature`: HMAC-SHA256 over `<seconds>.<body>`, with when it was sent, so that nobody can send it again later. */
export function signatureOf(secret: string, body: string, sentAt: number): string {
  const seconds = Math.floor(sentAt / 1_000);
  const hmac = createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex');
  return `t=${seconds},v1=${hmac}`;
}
