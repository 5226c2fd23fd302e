/** How components reach the store. */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Store } from '../../src/state/store.ts';
import type { DashboardStore } from './dashboard-store.ts';
import type { ServerApi } from './server-api.ts';

export const DashboardContext = createContext<DashboardStore | null>(null);

/** The store of this page. */
export function useDashboard(): DashboardStore {
  const store = useContext(DashboardContext);
  if (store === null) throw new Error('there is no dashboard around this');
  return store;
}

/** Requests of who is logged in. */
export function useApi(): ServerApi {
  return useDashboard().api;
}

/** Whether the one who is logged in is an administrator. */
export function useIsAdmin(): boolean {
  const state = useValue(useDashboard().state);
  return state.screen === 'in' && state.staff.isAdmin;
}

/** What a store holds, drawn anew when it changes. */
export function useValue<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    const read = (): void => setValue(() => store.value);
    read();
    return store.subscribe(read);
  }, [store]);
  return value;
}
