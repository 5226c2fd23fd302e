import { describe, expect, it } from 'vitest';
import { bcryptMatches, isBcrypt } from '../../src/auth/bcrypt.ts';
import { PasswordHasher } from '../../src/auth/password-hasher.ts';

/** Of OpenBSD's tests, and of libxcrypt. */
const MADE = [
  ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['abcdefghijklmnopqrstuvwxyz', '$2b$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC'],
  ['~!@#$%^&*()      ~!@#$%^&*()PNBFRD', '$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO'],
  // 80 bytes, of which 72 count.
  ['ü'.repeat(40), '$2y$05$abcdefghijklmnopqrstuum5b7001msdSbBfQPUa.5.JBZ3wxD.GK'],
] as const;

describe('bcrypt', () => {
  it.each(MADE)('[AUTH-74] knows the password %j again, and no other', async (password, hash) => {
    expect(await bcryptMatches(hash, password)).toBe(true);
    expect(await bcryptMatches(hash, `!${password}`)).toBe(false);
    expect(await bcryptMatches(`${hash.slice(0, -1)}z`, password)).toBe(false);
  });

  it('[AUTH-74] takes no hash that isn’t one, nor one that would take for ever', async () => {
    const [, [, hash]] = MADE;
    expect(isBcrypt(hash)).toBe(true);
    const wrong = [
      '',
      hash.slice(1),
      `${hash}x`,
      hash.replace('$06$', '$03$'),
      hash.replace('$06$', '$15$'),
      hash.replace('2a', '2x'),
    ];
    for (const one of wrong)
      expect([one, isBcrypt(one), await bcryptMatches(one, 'a')]).toEqual([one, false, false]);
  });

  it('[AUTH-74] is checked on a thread, as the password was typed or as this server hashes it', async () => {
    const hasher = new PasswordHasher();
    const [, [password, hash]] = MADE;
    expect([hasher.canVerify(hash), hasher.isForeign(hash), hasher.canVerify('$scrypt$x')]).toEqual([
      true,
      true,
      false,
    ]);
    // A compatibility form of it, which is the same password here.
    for (const typed of [password, 'ａ'])
      expect(await hasher.verify(hash, typed)).toEqual({ ok: true, value: true });
    expect(await hasher.verify(hash, 'b')).toEqual({ ok: true, value: false });
  });
});
