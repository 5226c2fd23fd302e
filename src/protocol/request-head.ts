/** What is demanded of a request's head beyond what Node's parser looks at, of plain requests and upgrades alike. */
import { failure, type Failure } from './errors.ts';

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** The parts of Node's IncomingMessage that are looked at. */
export interface RequestHead {
  readonly httpVersion: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/**
 * Refuses HTTP/1.1 without a `Host` and more than one (RFC 9112, section 3.2), since proxies may have gone by another
 * than Node tells. Null: nothing is wrong.
 */
export function hostProblem({ rawHeaders, httpVersion }: RequestHead): Failure | null {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  }
  const isSound = hosts === 1 || (hosts === 0 && httpVersion !== '1.1');
  return isSound ? null : failure('bad_request', 'A request names exactly one Host.');
}

/** A request target (RFC 9112, section 3.2) without scheme and host, with which a client may write it. */
export function originForm(target: string): string {
  const rest = target.replace(ABSOLUTE_FORM, '');
  if (rest === target) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
