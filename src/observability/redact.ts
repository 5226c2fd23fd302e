/** Keeps secrets out of logs. */

/** Field names whose values are secrets, wherever they stand at the first three levels of a log line. */
export const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'token',
  'guestToken',
  'guest_token',
  'refresh_token',
  'refreshToken',
  'access_token',
  'password',
  'passwordHash',
  'privateJwk',
  'jwtSecret',
  'adminPassword',
] as const;

/** What stands in a secret's place. */
export const REDACTED = '[redacted]';

const SECRET_PARAMETER = /([?&;](?:access_|refresh_|guest_?)?(?:token|password)=)[^&;#\s"']*/gi;
const BEARER = /\b(Bearer\s+)[^\s"',;]+/gi;
// Three base64url parts, the first of which is a JSON object: a JWT, wherever it stands.
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
// A key of another program: which it is may be told, its secret not.
const API_KEY = /\b(hub_[0-9a-f]{16}_)[0-9a-f]+/g;

/** `text` (a URL, a message) with the values of secret parameters, bearer credentials, JWTs and API keys replaced. */
export function redactText(text: string): string {
  return text
    .replace(SECRET_PARAMETER, `$1${REDACTED}`)
    .replace(BEARER, `$1${REDACTED}`)
    .replace(JWT, REDACTED)
    .replace(API_KEY, `$1${REDACTED}`);
}

/** Paths for pino's `redact`. */
export function secretPaths(): string[] {
  return SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
}
