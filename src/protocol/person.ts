/** A person as requests name them. */
import Type from 'typebox';
import { isStorable } from './text.ts';

/** Someone by their only id or their only name. */
export type PersonKey = { readonly id: string } | { readonly name: string };

const Text = Type.String({ minLength: 1, maxLength: 128 });

/** `{id}` or `{name}`; the id counts where both are given. */
export const Person = Type.Union([
  Type.Object({ id: Text }),
  Type.Object({ name: Text, id: Type.Optional(Type.Never()) }),
]);

/** Whether anybody can be called so: what the database can't hold must not be asked of it. */
export function canExist(person: PersonKey): boolean {
  return isStorable('id' in person ? person.id : person.name);
}

/** Whether both are named alike. */
export function isNamedAlike(a: PersonKey, b: PersonKey): boolean {
  if ('id' in a) return 'id' in b && a.id === b.id;
  return !('id' in b) && a.name === b.name;
}
