/**
 * A text as the words that a search finds it by, with their places. Where no spaces stand between words (Chinese,
 * Japanese, Thai …), and in Korean, whose words carry endings, a word is each two characters that stand side by side, so
 * that any part of such a text is found; the last character of a stretch is one of its own, which also parts it from the next.
 */
import { foldText } from './fold-text.ts';

/** A word of a text and its place, from 1. */
export interface Token {
  readonly lexeme: string;
  readonly position: number;
}

/** A stretch of one kind: a word, an emoji, or a run of characters without spaces. */
export interface Piece {
  readonly isRun: boolean;
  readonly characters: readonly string[];
  /** Index in the folded text behind it, code units. */
  readonly end: number;
}

/** Longest word that is told apart, code points: no text that is searched for is longer. */
const MAX_WORD_LENGTH = 200;
/** PostgreSQL keeps so many places of one word, and none beyond 16,383. */
const MAX_PLACES = 255;
const MAX_POSITION = 16_000;

const SPACELESS = ['Han', 'Hira', 'Kana', 'Bopo', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr']
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');
const LETTERS = String.raw`\p{L}\p{M}\p{N}`;
const PIECE = new RegExp(
  `(?<run>[[${LETTERS}]&&[${SPACELESS}]]+)|[[${LETTERS}]--[${SPACELESS}]]+|[\\p{Extended_Pictographic}\\p{RI}]`,
  'gv',
);

/** The stretches of `folded`, which {@link foldText} made, in their order. What is between them is looked for by nobody. */
export function* piecesOf(folded: string): Generator<Piece> {
  for (const { 0: text, index, groups } of folded.matchAll(PIECE)) {
    const isRun = groups?.['run'] !== undefined;
    const characters = Array.from(text);
    yield {
      isRun,
      characters: isRun ? characters : characters.slice(0, MAX_WORD_LENGTH),
      end: index + text.length,
    };
  }
}

/** The words of `text` in the order of their places. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const places = new Map<string, number>();
  let position = 0;
  const add = (lexeme: string): void => {
    position += 1;
    const count = (places.get(lexeme) ?? 0) + 1;
    places.set(lexeme, count);
    if (count <= MAX_PLACES && position <= MAX_POSITION) tokens.push({ lexeme, position });
  };
  for (const { isRun, characters } of piecesOf(foldText(text))) {
    if (isRun) characters.forEach((character, at) => add(character + (characters[at + 1] ?? '')));
    else add(characters.join(''));
  }
  return tokens;
}
