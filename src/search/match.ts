/** Whether a message has what is searched for, without an index: the rules that PostgreSQL follows too. */
import type { SearchTerm, TermPart } from './search-text.ts';
import type { Token } from './tokens.ts';

/** Whether a text of these words has all `terms`. */
export function hasTerms(tokens: readonly Token[], terms: readonly SearchTerm[]): boolean {
  return terms.every((term) => hasTerm(tokens, term));
}

function hasTerm(tokens: readonly Token[], [first, ...others]: SearchTerm): boolean {
  if (first === undefined) return true;
  const places = others.map((part) => ({ part, at: new Set(placesOf(tokens, part)) }));
  return placesOf(tokens, first).some((start) =>
    places.every(({ part, at }) => at.has(start + part.position - first.position)),
  );
}

function placesOf(tokens: readonly Token[], { lexeme, isPrefix }: TermPart): number[] {
  return tokens
    .filter((token) => (isPrefix ? token.lexeme.startsWith(lexeme) : token.lexeme === lexeme))
    .map(({ position }) => position);
}
