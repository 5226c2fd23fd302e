/** Request targets (RFC 9112, section 3.2) as the router knows them. */
import { originForm } from '../protocol/request-head.ts';
import { presentName } from './older-names.ts';
import type { RouteTable } from './route-table.ts';

/** Under which every route of the API is found a second time. */
export const API_PREFIX = '/api';

/**
 * The path and query to route by: without scheme and host, with which a client may write it, and without the prefix
 * where what is left of it is a route of the API, or under the name of now. The page and its files are found at one place only.
 */
export function routedTarget(target: string, routes: RouteTable): string {
  const url = presentName(target.startsWith('/') ? target : originForm(target));
  if (!url.startsWith(API_PREFIX)) return url;
  const rest = url.slice(API_PREFIX.length);
  // `/api/` is `/api`, which is a route of its own.
  if (/^\/(?:[?#]|$)/.test(rest)) return API_PREFIX + rest.slice(1);
  return routes.isApi(rest) ? rest : url;
}
