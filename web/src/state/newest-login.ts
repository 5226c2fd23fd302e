/**
 * The newest tokens of a login, for tabs that take turns at renewing them.
 *
 * A browser runs tabs in several processes, and what one of them writes into localStorage reaches the others a little
 * later: a tab whose turn it is may still read the tokens that the tab before it has used up, and using them a second
 * time would end the login. IndexedDB's transactions have one order for all.
 */
import { readLogin, type SavedLogin } from './saved-session.ts';

/** Keeps one login. Nothing here rejects: where the browser has no such store, tabs have to be lucky. */
export interface NewestLogin {
  read(): Promise<SavedLogin | null>;
  /** Resolves when every tab reads it. */
  keep(login: SavedLogin): Promise<void>;
  forget(): Promise<void>;
}

const STORE = 'login';
const KEY = 'newest';

/** In the database `name`; `factory` is missing, or refuses, where the user forbids storage. */
export function newestLogin(factory: IDBFactory | undefined, name: string): NewestLogin {
  const run = async (
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> => {
    try {
      if (factory === undefined) return null;
      const database = await open(factory, name);
      try {
        const transaction = database.transaction(STORE, mode);
        const request = act(transaction.objectStore(STORE));
        await new Promise((resolve, reject) => {
          transaction.oncomplete = resolve;
          transaction.onabort = reject;
        });
        return request.result as unknown;
      } finally {
        database.close();
      }
    } catch {
      return null;
    }
  };
  return {
    read: async () => readLogin(await run('readonly', (store) => store.get(KEY))),
    keep: async (login) => {
      await run('readwrite', (store) => store.put(login, KEY));
    },
    forget: async () => {
      await run('readwrite', (store) => store.delete(KEY));
    },
  };
}

function open(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('the browser has no database'));
    };
  });
}
