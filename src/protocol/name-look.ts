/** What a name looks like, so that nobody stands beside someone else under the same-looking name (AUTH-70). */
import unhomoglyph from 'unhomoglyph';
import { nameKey } from './text.ts';

/** A name has two looks; names that share either are look-alikes. */
export interface NameLooks {
  /** As it is written: a capital I stands for a small l. */
  readonly look: string;
  /** As it is written in lower case: `PAUI`, its P a Cyrillic one, stands beside `paui`. */
  readonly foldedLook: string;
}

// Zero-width joiners and variation selectors, which names may hold where scripts and emoji need them.
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Nothing takes more than three rounds: lower case and the table's own letters can be mapped once more. */
const MAX_ROUNDS = 8;

/** The looks of `name`, which is well-formed Unicode. The same for any two names that differ by width alone. */
export function nameLooks(name: string): NameLooks {
  return { look: settle(name), foldedLook: settle(nameKey(name)) };
}

/** Whether `name`, read with forgiving eyes, begins with `prefix`. */
export function looksLikePrefixed(name: string, prefix: string): boolean {
  const { look, foldedLook } = nameLooks(name);
  const wanted = nameLooks(prefix);
  return look.startsWith(wanted.look) || foldedLook.startsWith(wanted.foldedLook);
}

/** Skeletons (UTS #39, section 4) in lower case, until nothing changes any more. */
function settle(text: string): string {
  let settled = text;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = skeleton(settled).toLowerCase();
    if (next === settled) break;
    settled = next;
  }
  return settled;
}

// The table maps single characters, accents among them, so what is composed is taken apart first. By compatibility, as
// names are kept, because the table itself gives characters that have such forms.
function skeleton(text: string): string {
  return unhomoglyph(text.normalize('NFKD').replace(UNSEEN, '')).normalize('NFKD');
}
