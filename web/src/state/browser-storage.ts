/** Where the page keeps texts: the browser's storage, or memory where the browser forbids it. */

/** Texts by key. Nothing here throws. */
export interface TextStorage {
  getItem(key: string): string | null;
  /** What finds no room is kept in memory. */
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
  keys(): readonly string[];
}

/** `find` gives localStorage or sessionStorage, and throws where the user forbids it. */
export function browserStorage(find: () => Storage): TextStorage {
  const memory = new Map<string, string>();
  const attempt = <T>(act: (storage: Storage) => T, otherwise: T): T => {
    try {
      return act(find());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key), null),
    setItem: (key, text) => {
      const kept = attempt((storage) => {
        storage.setItem(key, text);
        return true;
      }, false);
      if (kept) memory.delete(key);
      else memory.set(key, text);
    },
    removeItem: (key) => {
      memory.delete(key);
      attempt((storage) => {
        storage.removeItem(key);
      }, undefined);
    },
    keys: () => [...new Set([...memory.keys(), ...attempt((storage) => Object.keys(storage), [])])],
  };
}
