/** Access tokens of the clients of a soak, signed as a program of the operator's would (`JWT_SECRET`). */
import { SignJWT } from 'jose';

/** `count` HS256 tokens, each of another user, good for so many seconds. */
export async function memberTokens(secret: string, count: number, seconds: number): Promise<string[]> {
  const key = new TextEncoder().encode(secret);
  const exp = Math.floor(Date.now() / 1_000) + Math.ceil(seconds);
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      new SignJWT({ name: `soaker ${i}` })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(`soaker-${i}`)
        .setIssuedAt()
        .setExpirationTime(exp)
        .sign(key),
    ),
  );
}
