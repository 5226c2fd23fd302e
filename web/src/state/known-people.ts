/** People whom the page knows: those that one whispers with, and those that are present where one is. */
import type { UserRef } from '../../../src/protocol/entities.ts';
import { byNewest } from './conversation.ts';
import type { SignedIn } from './page-state.ts';

/** Each once, those first whom one has whispered with last; oneself is none of them. */
export function knownPeople(state: SignedIn): readonly UserRef[] {
  const known = new Map<string, UserRef>();
  const met = [
    ...byNewest(Object.values(state.conversations)).map((conversation) => conversation.with),
    ...Object.values(state.channels).flatMap(({ members }) => members),
  ];
  for (const person of met) if (person.name !== '' && !known.has(person.id)) known.set(person.id, person);
  if (state.user !== null) known.delete(state.user.id);
  return [...known.values()];
}

/** The one person of that name, without regard to case; null where nobody, or more than one, is called so. */
export function personNamed(people: readonly UserRef[], name: string): UserRef | null {
  const wanted = name.toLowerCase();
  const [found, another] = people.filter((person) => person.name.toLowerCase() === wanted);
  return another === undefined ? (found ?? null) : null;
}

/** Those whose names hold `text`, without regard to case; those that begin so first. */
export function findPeople(people: readonly UserRef[], text: string): readonly UserRef[] {
  const wanted = text.toLowerCase();
  const found = people.filter(({ name }) => name.toLowerCase().includes(wanted));
  const begins = ({ name }: UserRef): boolean => name.toLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((person) => !begins(person))];
}
