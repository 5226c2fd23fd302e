import { useEffect, useState } from 'preact/hooks';
import { placeOf, type Place } from '../state/place.ts';

/** Where one is, by the address. */
export function usePlace(): Place {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const read = (): void => setFragment(location.hash);
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return placeOf(fragment);
}
