/** How components reach the store, and draw again when what they show of it changes. */
import { createContext } from 'preact';
import { useContext, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { PageState } from './page-state.ts';
import type { PageStore } from './page-store.ts';

export const StoreContext = createContext<PageStore | null>(null);

/** The page's store, for its actions. */
export function usePageStore(): PageStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('a component outside of the store');
  return store;
}

/** What `select` takes out of the state. It draws again only when that is another value. */
export function useSelected<T>(select: (state: PageState) => T): T {
  const store = usePageStore();
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const value = select(store.state);
  const shown = useRef({ value, select });
  shown.current = { value, select };
  useLayoutEffect(
    () =>
      store.subscribe(() => {
        if (shown.current.select(store.state) !== shown.current.value) draw(undefined);
      }),
    [store],
  );
  return value;
}
