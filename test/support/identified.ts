/** Identities without tokens, for tests of what comes after identification. */
import type { Identity } from '../../src/auth/identity.ts';
import type { Principal } from '../../src/protocol/entities.ts';

/** `user`, proved by an issuer that nobody asks. */
export function identityFor(user: Principal, over: Partial<Identity> = {}): Identity {
  const proved = { issuer: 'test', subject: user.id, account: false, tokenRoles: user.roles };
  return { user, ...proved, tokenIds: [], issuedAt: 0, ...over };
}
