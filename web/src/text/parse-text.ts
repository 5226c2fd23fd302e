/** What people write, cut into plain text, links and code. Nothing of it is ever read as markup. */

/** A piece of a message. `href` is always an absolute http or https address. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** Code between backticks on one line, or something that begins like a web address. */
const CANDIDATE = /`([^`\n]+)`|https?:\/\/[^\s<>"`\u202a-\u202e\u2066-\u2069]+/giu;

/** Cuts `content` into parts; joined together their texts give `content` again, save for the backticks of code. */
export function parseText(content: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let plainFrom = 0;
  for (const match of content.matchAll(CANDIDATE)) {
    const code = match[1];
    const part: TextPart | undefined = code === undefined ? linkPart(match[0]) : { kind: 'code', text: code };
    if (part === undefined) continue;
    if (match.index > plainFrom) parts.push({ kind: 'text', text: content.slice(plainFrom, match.index) });
    parts.push(part);
    plainFrom = match.index + (part.kind === 'link' ? part.text.length : match[0].length);
  }
  if (plainFrom < content.length) parts.push({ kind: 'text', text: content.slice(plainFrom) });
  return parts;
}

/** A link, or nothing when `candidate` is no address that is safe to click. */
function linkPart(candidate: string): TextPart | undefined {
  const text = withoutTrailingPunctuation(candidate);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  // https://bank.example@evil.example looks like the one and leads to the other.
  if (url.username !== '' || url.password !== '') return undefined;
  return { kind: 'link', text, href: url.href };
}

/** Punctuation behind an address belongs to the sentence, and so does a closing bracket that none opened. */
function withoutTrailingPunctuation(candidate: string): string {
  let end = candidate.length;
  while (end > 0) {
    const last = candidate.charAt(end - 1);
    const closesNothing = last === ')' && !candidate.slice(0, end).includes('(');
    if (!closesNothing && !".,;:!?'*_]}".includes(last)) break;
    end -= 1;
  }
  return candidate.slice(0, end);
}
