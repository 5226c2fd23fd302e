/** Users of an issuer that isn't this server, for tests that don't care how they prove it. */
import type { Identity } from '../../src/auth/identity.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import { ok } from '../../src/protocol/result.ts';
import type { Result } from '../../src/protocol/result.ts';

export const FOREIGN_ISSUER = 'https://id.example.org';

/** Takes every token for that of one such user. */
export function foreignUser(fields: Partial<Principal> & { readonly name: string }) {
  const user: Principal = { id: `id-${fields.name}`, guest: false, roles: ['user'], ...fields };
  const identity: Identity = {
    ...{ user, issuer: FOREIGN_ISSUER, subject: user.id, account: false, tokenRoles: user.roles },
    ...{ tokenIds: [], issuedAt: 0 },
  };
  return async (): Promise<Result<Identity>> => ok(identity);
}
