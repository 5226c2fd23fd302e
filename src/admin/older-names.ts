/** Addresses that the systems had which this one replaces: other names of the same routes, and of nothing else. */

interface OlderName {
  readonly pattern: RegExp;
  /** With `$1` of the pattern. */
  readonly path: string;
  /** What it always asks for. */
  readonly query?: string;
}

const OLDER_NAMES: readonly OlderName[] = [
  { pattern: /^\/(?:api\/)?user\/([^/]+)$/, path: '/users/$1' },
  { pattern: /^\/api\/v1\/auth\/signup$/, path: '/register' },
  { pattern: /^\/api\/v1\/auth\/login$/, path: '/login' },
  ...dashboard('users/?', '/users'),
  ...dashboard('users/([^/]+)', '/users/$1'),
  ...dashboard('users/([^/]+)/messages', '/users/$1/messages'),
  ...dashboard('channels/active', '/channels', 'active=true'),
  ...dashboard('channels/members/([^/]+)', '/channels/$1/members'),
];

function dashboard(name: string, path: string, query?: string): readonly OlderName[] {
  const pattern = new RegExp(`^/api/(?:v1/)?dashboard/${name}$`);
  return [{ pattern, path, ...(query === undefined ? {} : { query }) }];
}

/** `target` (a path and a query) under the name that it has now; as it is where it has no older one. */
export function presentName(target: string): string {
  const [path = '', ...rest] = target.split('?');
  const known = OLDER_NAMES.find(({ pattern }) => pattern.test(path));
  if (known === undefined) return target;
  const query = [known.query ?? '', withOffset(rest.join('?'))].filter((part) => part !== '').join('&');
  return path.replace(known.pattern, known.path) + (query === '' ? '' : `?${query}`);
}

/** Pages by their numbers, `page` from 1 and `page_size`, as `offset` and `limit`. */
function withOffset(query: string): string {
  const parts = query.split('&');
  const page = valueOf(parts, 'page');
  const size = valueOf(parts, 'page_size');
  const others = parts.filter((part) => part !== '' && !/^page(?:_size)?=/.test(part));
  if (page === undefined && size === undefined) return query;
  const limit = size ?? String(DEFAULT_PAGE_SIZE);
  // What is no number is refused where it arrives.
  const offset = page === undefined ? '0' : String((Number(page) - 1) * Number(limit));
  return [...others, `offset=${offset}`, `limit=${limit}`].join('&');
}

const DEFAULT_PAGE_SIZE = 20;

function valueOf(parts: readonly string[], name: string): string | undefined {
  return parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
}
