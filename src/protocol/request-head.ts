/** What is demanded of a request's head beyond what Node's parser looks at, of plain requests and upgrades alike. */
import { failure, type Failure } from './errors.ts';

/** Longest request target, code units (RFC 9112, section 3, asks for at least 8,000). */
const MAX_TARGET_LENGTH = 8_192;
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** The parts of Node's IncomingMessage that are looked at. */
export interface RequestHead {
  readonly httpVersion: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** Why a head is refused: with `status` where HTTP has a finer one than the table of codes. */
export interface HeadProblem {
  readonly failure: Failure;
  readonly status: number;
}

/**
 * 414 for an endless `target`; 400 for HTTP/1.1 without a `Host` and for more than one (RFC 9112, section 3.2), since
 * proxies may have gone by another than Node tells. Null: nothing is wrong.
 */
export function headProblem(target: string, { rawHeaders, httpVersion }: RequestHead): HeadProblem | null {
  if (target.length > MAX_TARGET_LENGTH) {
    return { failure: failure('bad_request', 'This address is too long.'), status: 414 };
  }
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    return { failure: failure('bad_request', 'A request names exactly one Host.'), status: 400 };
  }
  return null;
}

/** A request target (RFC 9112, section 3.2) without scheme and host, with which a client may write it. */
export function originForm(target: string): string {
  const rest = target.replace(ABSOLUTE_FORM, '');
  if (rest === target) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
