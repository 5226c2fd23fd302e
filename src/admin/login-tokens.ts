/** What a login brings, as REST tells it. */
import Type from 'typebox';
import type { Static } from 'typebox';
import type { Login } from '../auth/refresh-tokens.ts';

export const LoginTokens = Type.Object({
  token: Type.String({ description: 'An access token (JWT)' }),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.String({ description: 'Good for 30 days and one POST /refresh' }),
});

/** `login` in the names of REST. */
export function tokensOf({ token, expiresIn, refreshToken }: Login): Static<typeof LoginTokens> {
  return { token, expires_in: expiresIn, refresh_token: refreshToken };
}
