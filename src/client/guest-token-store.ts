/** Where a guest's identity is kept between visits. */

/** Keeps one guest token. `set('')` forgets it. */
export interface GuestTokenStore {
  get(): string | null;
  set(token: string): void;
}

/** Keeps the token as long as the program runs. */
export function memoryGuestTokenStore(): GuestTokenStore {
  let kept: string | null = null;
  return {
    get: () => kept,
    set: (token) => {
      kept = token;
    },
  };
}

/**
 * In a browser page: localStorage, one token a server. Elsewhere memory: Node has a localStorage too, but there all
 * clients of a process, and of the next one, would become one guest.
 */
export function defaultGuestTokenStore(serverUrl: string): GuestTokenStore {
  if (typeof document === 'undefined') return memoryGuestTokenStore();
  const key = `hubbub:guest-token:${serverUrl}`;
  const fallback = memoryGuestTokenStore();
  // Browsers throw on any access where the user forbids storage.
  return {
    get: () => {
      try {
        return localStorage.getItem(key) ?? fallback.get();
      } catch {
        return fallback.get();
      }
    },
    set: (token) => {
      fallback.set(token);
      try {
        localStorage.setItem(key, token);
      } catch {
        return;
      }
    },
  };
}
