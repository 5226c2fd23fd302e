/** Texts without regard to what people leave out when they search: case, width, accents, characters that aren't seen. */

// Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones. Marks of other scripts, such as vowel
// signs of Indic ones, make another word.
const ACCENTS =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
/** Letters that no normalization takes apart, and the sigma that ends a word. */
const LETTERS = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ' }),
);
const LETTER = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'g');
const ASCII = /^[\0-\x7f]*$/;

/** `text` as it is searched for; folded once more it stays the same. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS.get(letter) ?? letter)
    .normalize('NFC');
}
