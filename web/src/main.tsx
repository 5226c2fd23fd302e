import { render } from 'preact';
import { ChatClient } from '../../src/client/chat-client.ts';
import { App } from './components/app.tsx';
import { AccountApi } from './state/account-api.ts';
import { browserStorage } from './state/browser-storage.ts';
import { ChannelApi } from './state/channel-api.ts';
import { Drafts } from './state/drafts.ts';
import { IssuerApi } from './state/issuer-api.ts';
import { IssuerRedirect, withoutAnswer } from './state/issuer-redirect.ts';
import { LoginSession } from './state/login-session.ts';
import { newestLogin } from './state/newest-login.ts';
import { Notifier } from './state/notifier.ts';
import { PageAddress } from './state/page-address.ts';
import { PageStore } from './state/page-store.ts';
import { Preferences } from './state/preferences.ts';
import { SavedSession } from './state/saved-session.ts';
import { ServerRequests } from './state/server-requests.ts';
import { StoreContext } from './state/store-context.ts';
import { UnsentMessages } from './state/unsent-messages.ts';

/** Changes are drawn at most this often, ms; a frame at 60 Hz. Unlike frames, timers also run in the background. */
const DRAW_INTERVAL_MS = 16;

const arrivedAt = new URL(location.href);
const place = location.pathname;
const kept = browserStorage(() => localStorage);
const ofThisTab = browserStorage(() => sessionStorage);
const schedule = (flush: () => void): void => {
  setTimeout(flush, DRAW_INTERVAL_MS);
};
// crypto.randomUUID is missing on pages served over plain http, other than localhost's.
const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
const socketUrl = new URL('ws', document.baseURI);
socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';

const requests = new ServerRequests(document.baseURI);
const accounts = new AccountApi(requests);
const issuers = new IssuerApi(requests);
const saved = new SavedSession(kept, place);
const preferences = new Preferences(kept, place, schedule);
const notifier = new Notifier({
  notifications: 'Notification' in globalThis && isSecureContext ? Notification : undefined,
  preferences,
  icon: new URL('icon-192.png', document.baseURI).href,
  onOpen: (roomId) => {
    focus();
    void store.rooms.open(roomId);
  },
});
const redirect = new IssuerRedirect({
  storage: ofThisTab,
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
  newId,
  now: Date.now,
  // Missing on pages served over plain http, other than localhost's; there, tabs have to be lucky.
  exclusively: async (work) =>
    'locks' in navigator ? navigator.locks.request(`hubbub:login:${place}`, work) : work(),
});
const store = new PageStore({
  newClient: (credentials) => new ChatClient({ url: socketUrl.href, ...credentials }),
  requests,
  accounts,
  issuers,
  channels: new ChannelApi(requests),
  redirect,
  session,
  saved,
  drafts: new Drafts(kept, place),
  unsent: new UnsentMessages(ofThisTab, place),
  address: new PageAddress({ location, history }),
  notifier,
  preferences,
  now: Date.now,
  newId,
  wait: (ms, then) => {
    setTimeout(then, ms);
  },
  isVisible: () => document.visibilityState === 'visible',
  schedule,
});

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') store.view.seen();
});
addEventListener('pagehide', () => store.writing.keepUnsent());
addEventListener('popstate', () => store.rooms.addressChanged());
addEventListener('hashchange', () => store.rooms.addressChanged());
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
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  root,
);
