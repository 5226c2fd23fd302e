/** Links in a text: with a scheme, or written as people write them, `www.` or a name that ends as hosts do. */
import type { Span } from './words.ts';

/** A link; `host` in lower case, without port. */
export interface Link extends Span {
  readonly host: string;
}

/** Ends of hosts that count without a scheme or a path: `notes.txt` is a file. */
const COMMON_ENDS = new Set(
  (
    'com net org info biz io gg co me tv xyz app dev ai edu gov ru su cn de uk us eu fr nl pl it es jp kr in br ca au ' +
    'ch at se no fi dk cz ua tr id vn ly to cc ws la sh gl gd link click site online top shop store live club fun icu vip ' +
    'win pro space website tech cloud page chat gift moe lol'
  ).split(' '),
);

// A text without these has no link; each is found in one pass.
const MAYBE_LINK = /[\p{L}\p{N}]\.[\p{L}\p{N}]|:\/\//u;
const WITH_SCHEME = /\bhttps?:\/\/[^\s<>"]+/giu;
// Bounded, so that each place of a text is looked at so often at most.
const BARE =
  /(?<![\p{L}\p{N}@./:-])(?:[\p{L}\p{N}-]{1,63}\.){1,6}([\p{L}\p{N}-]{2,24})(?::\d{1,5})?([/?#][^\s<>"]*)?/giu;

/** The links of `text` in their order. */
export function linksOf(text: string): readonly Link[] {
  if (!MAYBE_LINK.test(text)) return [];
  const links: Link[] = [];
  for (const match of text.matchAll(WITH_SCHEME)) {
    const [url] = match;
    links.push({
      host: hostOf(url.slice(url.indexOf('://') + 3)),
      start: match.index,
      end: match.index + url.length,
    });
  }
  for (const match of text.matchAll(BARE)) {
    const [url, end = '', path] = match;
    const { index: start } = match;
    if (links.some((link) => start >= link.start && start < link.end)) continue;
    const isHost = path !== undefined || /^www\./i.test(url) || COMMON_ENDS.has(end.toLowerCase());
    if (isHost && /\p{L}/u.test(end)) links.push({ host: hostOf(url), start, end: start + url.length });
  }
  return links.sort((a, b) => a.start - b.start);
}

/** Whether `host` is one of `allowed`, or lies under one. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => {
    const wanted = plainHost(one);
    return host === wanted || host.endsWith(`.${wanted}`);
  });
}

/** The host of what follows a scheme: behind whom one would log in as, before port and path. */
function hostOf(rest: string): string {
  const authority = /^[^/?#\\]*/.exec(rest)?.[0] ?? '';
  return plainHost(authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, ''));
}

function plainHost(host: string): string {
  return host.normalize('NFKC').toLowerCase().replace(/\.+$/, '');
}
