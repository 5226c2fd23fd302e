/** How components reach the store, and draw again when what they show of it changes. */
import { createContext } from 'preact';
import { useContext, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { PageState } from './page-state.ts';
import type { PageStore } from './page-store.ts';
import type { PreferenceValues } from './preferences.ts';

export const StoreContext = createContext<PageStore | null>(null);

/** The page's store, for its actions. */
export function usePageStore(): PageStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('a component outside of the store');
  return store;
}

/** A value that can be watched. */
interface Watched<T> {
  readonly value: T;
  subscribe(listener: () => void): () => void;
}

/** What `select` takes out of the state. It draws again only when that is another value. */
export function useSelected<T>(select: (state: PageState) => T): T {
  return useWatched(usePageStore().watched, select);
}

/** What the reader has chosen about the page. */
export function usePreferences(): PreferenceValues {
  return useWatched(usePageStore().preferences, (values) => values);
}

function useWatched<S, T>(watched: Watched<S>, select: (value: S) => T): T {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const value = select(watched.value);
  const shown = useRef({ value, select });
  shown.current = { value, select };
  useLayoutEffect(
    () =>
      watched.subscribe(() => {
        if (shown.current.select(watched.value) !== shown.current.value) draw(undefined);
      }),
    [watched],
  );
  return value;
}
