import { render } from 'preact';
import { ChatClient } from '../../src/client/chat-client.ts';
import { App } from './components/app.tsx';
import { AccountApi } from './state/account-api.ts';
import { AccountSession } from './state/account-session.ts';
import { PageStore } from './state/page-store.ts';
import { browserStorage, SavedSession } from './state/saved-session.ts';
import { StoreContext } from './state/store-context.ts';

/** Changes are drawn at most this often, ms; a frame at 60 Hz. Unlike frames, timers also run in the background. */
const DRAW_INTERVAL_MS = 16;

const socketUrl = new URL('ws', document.baseURI);
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';

const accounts = new AccountApi(document.baseURI);
const saved = new SavedSession(browserStorage(), location.pathname);
const account = new AccountSession({
  accounts,
  saved,
  now: Date.now,
  // Missing on pages served over plain http, other than localhost's; there, tabs have to be lucky.
  exclusively: async (work) =>
    'locks' in navigator ? navigator.locks.request(`hubbub:account:${location.pathname}`, work) : work(),
});

const store = new PageStore({
  newClient: (credentials) => new ChatClient({ url: socketUrl.href, ...credentials }),
  accounts,
  account,
  saved,
  now: Date.now,
  // crypto.randomUUID is missing on pages served over plain http, other than localhost's.
  newId: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-'),
  isVisible: () => document.visibilityState === 'visible',
  schedule: (flush) => {
    setTimeout(flush, DRAW_INTERVAL_MS);
  },
});

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') store.seen();
});

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');
store.resume();
render(
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  root,
);
