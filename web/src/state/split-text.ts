/** A text that is too long for one message, in several. */

/** Looked for in so many characters before the end of a piece; a boundary further up would make it too short. */
const BOUNDARY_WITHIN = 1_000;

/**
 * Pieces of at most `most` code points each, in order: cut behind a line where one ends near enough, else behind a
 * word, else anywhere but within a character. White space around the pieces is dropped; none of them is empty.
 */
export function splitText(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  let rest = Array.from(text);
  while (rest.length > most) {
    const end = boundary(rest, most);
    pieces.push(rest.slice(0, end).join(''));
    rest = rest.slice(end);
  }
  return [...pieces, rest.join('')].map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function boundary(characters: readonly string[], most: number): number {
  const nearest = (isEnd: (character: string) => boolean): number => {
    for (let at = most; at > Math.max(0, most - BOUNDARY_WITHIN); at -= 1) {
      if (isEnd(characters[at - 1] ?? '')) return at;
    }
    return 0;
  };
  return nearest((character) => character === '\n') || nearest((character) => /\s/u.test(character)) || most;
}
