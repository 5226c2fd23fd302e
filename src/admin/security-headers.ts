/** Headers that keep browsers from doing more with an answer than it is for: on every one, and on pages more of them. */

/** Features of browsers that no page of this server uses (Permissions Policy). */
const UNUSED_FEATURES = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'usb',
];
const YEAR_SECONDS = 365 * 24 * 3600;

/** What an answer that is no page may do where a browser shows it nonetheless: nothing. Pages bring their own policy. */
export const API_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What browsers heed in documents alone: pages get it on top, since every header of every answer costs time. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': UNUSED_FEATURES.map((name) => `${name}=()`).join(', '),
});

/**
 * The headers of every answer. With a `publicUrl` by https browsers are told to use nothing else for this host from now on (HSTS, RFC
 * 6797); it says nothing of other hosts below it, which may be someone else's.
 */
export function securityHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  return Object.freeze({
    'x-content-type-options': 'nosniff',
    'content-security-policy': API_CONTENT_SECURITY_POLICY,
    // Pages of allowed origins ask by CORS, to which this doesn't apply.
    'cross-origin-resource-policy': 'same-origin',
    ...(publicUrl?.startsWith('https:') === true
      ? { 'strict-transport-security': `max-age=${YEAR_SECONDS}` }
      : {}),
  });
}
