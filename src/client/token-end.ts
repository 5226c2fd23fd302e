/** When a token ends, for those that can be read: JSON Web Tokens (RFC 7519). */

/**
 * `exp` in ms since the epoch; null for what is no JWT, has no `exp`, or can't be read here. The signature isn't looked
 * at: the answer only decides when to ask for another token.
 */
export function tokenEnd(token: string): number | null {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  try {
    // Bytes that aren't ASCII come out as other letters, which changes no number.
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as unknown;
    const { exp } = (claims ?? {}) as { readonly exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1_000 : null;
  } catch {
    return null;
  }
}
