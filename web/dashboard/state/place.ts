/** Where one is in the dashboard: the address's fragment, `#/users/ada`. */

/** Parts of a path; the first names a page. */
export type Place = readonly string[];

/** What a fragment says; parts that can't be read are left as they are. */
export function placeOf(fragment: string): Place {
  return fragment
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

/** A link to a place. */
export function linkTo(...place: Place): string {
  return `#/${place.map(encodeURIComponent).join('/')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
