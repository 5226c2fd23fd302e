/** The dashboard: who it consists of. */
import { render } from 'preact';
import { AccountApi } from '../src/state/account-api.ts';
import { browserStorage } from '../src/state/browser-storage.ts';
import { IssuerApi } from '../src/state/issuer-api.ts';
import { IssuerRedirect, withoutAnswer } from '../src/state/issuer-redirect.ts';
import { LoginSession } from '../src/state/login-session.ts';
import { newestLogin } from '../src/state/newest-login.ts';
import { SavedSession } from '../src/state/saved-session.ts';
import { ServerRequests } from '../src/state/server-requests.ts';
import { App } from './components/app.tsx';
import { DashboardContext } from './state/dashboard-context.ts';
import { DashboardStore } from './state/dashboard-store.ts';

const arrivedAt = new URL(location.href);
// The login is kept by path: the chat page's is another one.
const place = location.pathname;
const requests = new ServerRequests(document.baseURI);
const accounts = new AccountApi(requests);
const issuers = new IssuerApi(requests, 'dashboard');
const saved = new SavedSession(
  browserStorage(() => localStorage),
  place,
);
const redirect = new IssuerRedirect({
  storage: browserStorage(() => sessionStorage),
  redirectUri: location.origin + place,
  // Missing on pages served over plain http, other than localhost's, whatever the types say.
  subtle: (crypto as Partial<Crypto>).subtle,
  randomBytes: (bytes) => crypto.getRandomValues(bytes),
  go: (address) => {
    location.assign(address);
  },
});
const session = new LoginSession({
  accounts,
  issuers,
  saved,
  newest: newestLogin((globalThis as { indexedDB?: IDBFactory }).indexedDB, `hubbub:login:${place}`),
  newId: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-'),
  now: Date.now,
  // Missing on pages served over plain http, other than localhost's; there, tabs have to be lucky.
  exclusively: async (work) =>
    'locks' in navigator ? navigator.locks.request(`hubbub:login:${place}`, work) : work(),
});
const socketUrl = new URL('ws', document.baseURI);
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
const store = new DashboardStore({
  ...{
    requests,
    accounts,
    issuers,
    redirect,
    session,
    saved,
    base: document.baseURI,
    socketUrl: socketUrl.href,
  },
  schedule: (flush) => {
    queueMicrotask(flush);
  },
});

addEventListener('storage', ({ key }) => {
  if (key === saved.identityKey || key === null) store.identityChanged();
});

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');
const back = redirect.finish(arrivedAt);
// A code must not stay where it can be read, kept or sent on.
if (back.kind !== 'none') history.replaceState(null, '', withoutAnswer(arrivedAt));
store.begin(back);
render(
  <DashboardContext.Provider value={store}>
    <App />
  </DashboardContext.Provider>,
  root,
);
