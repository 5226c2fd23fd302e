/**
 * What people write to search: words, all of which have to be there; `word*` for what begins so; `"several words"` side by
 * side. What one word is made of (`example.org`, `don't`, 手机) stands side by side too.
 */
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { codePoints, isStorable } from '../protocol/text.ts';
import { foldText } from './fold-text.ts';
import { piecesOf } from './tokens.ts';

/** Longest text, code points, and most words. */
export const MAX_SEARCH_LENGTH = 200;
export const MAX_SEARCH_WORDS = 10;

/** One word of the searched text, or its beginning, at its place within the term. */
export interface TermPart {
  readonly lexeme: string;
  readonly isPrefix: boolean;
  readonly position: number;
}

/** Words that have to stand at these distances from each other; at least one. */
export type SearchTerm = readonly TermPart[];

const QUOTES = '"“”„‟';

/** The terms of `text`, all of which a message has to have; `bad_request` where it is none that can be searched for. */
export function parseSearchText(text: string): Result<readonly SearchTerm[]> {
  if (codePoints(text) > MAX_SEARCH_LENGTH) {
    return fail(failure('bad_request', `text is at most ${MAX_SEARCH_LENGTH} characters`));
  }
  if (!isStorable(text))
    return fail(failure('bad_request', 'text must be well-formed Unicode without U+0000'));
  const groups = groupsOf(foldText(text));
  const terms = groups.map(termOf).filter((term) => term.length > 0);
  if (terms.length === 0) return fail(failure('bad_request', 'text has no word to search for'));
  const words = groups.flatMap((group) => group.split(/\s+/u)).filter((word) => termOf(word).length > 0);
  if (words.length > MAX_SEARCH_WORDS) {
    return fail(failure('bad_request', `text is at most ${MAX_SEARCH_WORDS} words`));
  }
  return ok(terms);
}

/** Phrases without their quotes, and single words. A quote that isn't closed ends with the text. */
function groupsOf(folded: string): string[] {
  let open = false;
  const groups: string[] = [];
  for (const part of folded.split(new RegExp(`[${QUOTES}]`, 'u'))) {
    if (open) groups.push(part);
    else groups.push(...part.split(/\s+/u));
    open = !open;
  }
  return groups;
}

function termOf(group: string): SearchTerm {
  const parts: TermPart[] = [];
  let position = 1;
  for (const { isRun, characters, end } of piecesOf(group)) {
    if (isRun && characters.length > 1) {
      // Not the last one alone: the run may go on in the message.
      for (const [at, character] of characters.slice(0, -1).entries()) {
        parts.push({
          lexeme: `${character}${characters[at + 1] ?? ''}`,
          isPrefix: false,
          position: position + at,
        });
      }
      position += characters.length;
    } else {
      parts.push({ lexeme: characters.join(''), isPrefix: isRun || group[end] === '*', position });
      position += 1;
    }
  }
  return parts;
}
