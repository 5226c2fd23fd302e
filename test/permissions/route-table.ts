/** What each route of the HTTP side answers, by who asks and about what. Written as message-table.ts is. */
import type { ThingAsked } from './message-table.ts';
import {
  allowed,
  but,
  everyone,
  NO_CHANNEL_NAMED,
  NOBODYS,
  type NotApplicable,
  NOTHING_NAMED,
  type Outcomes,
  type ScopedCells,
} from './outcomes.ts';
import type { ThingKind } from './things.ts';

/** A row: the request, and the status that answers it. */
export interface RouteRow extends ScopedCells {
  readonly about: ThingKind;
  /** What stands in the place of the path's parameter, and behind the path. */
  readonly path?: (thing: ThingAsked) => { readonly parameter?: string; readonly query?: string };
  readonly body?: (thing: ThingAsked) => object;
  /** One request at a time. */
  readonly isSerial?: true;
}

/** Who asks doesn't matter: anything but 401 and 403. */
export const OPEN = 'open';

const statuses = (status: string, other: Partial<Outcomes> = {}): Outcomes =>
  everyone(status, { revoked: '401', ...other });
/** Those who may get `ok`, the others 403. */
const only = (...actors: readonly (keyof Outcomes)[]): Outcomes =>
  statuses('403', Object.fromEntries(actors.map((actor) => [actor, 'ok'])));
const STAFF = only('staff', 'administrator');
const ADMINISTRATORS = only('administrator');
const EXPORTERS = statuses('404', { administrator: 'ok' });
const ACCOUNTS = but(statuses('ok'), { guest: '403', foreign: '403' });
const NOBODY = statuses('403');
const LOOKERS = statuses('200', { banned: '403' });
const UNSEEN = statuses('404', { staff: '200', administrator: '200' });
/** Who looks after some channel, or all. */
const KEEPERS = only('moderator', 'owner', 'staff', 'administrator');
/** Of one channel: who may not know of it gets 404. */
const UNKNOWN = statuses('404', { staff: 'ok', administrator: 'ok' });

type Request = Pick<RouteRow, 'path' | 'body' | 'isSerial'>;
type PathOf = NonNullable<RouteRow['path']>;

/** For everybody, whatever token they bring. */
const open = (status = OPEN, request: Request = {}): RouteRow =>
  about('person', [everyone(status, { revoked: status }), NOBODYS, NO_CHANNEL_NAMED, NOTHING_NAMED], request);

function about(
  kind: ThingKind,
  [own, others, hidden, missing]: readonly [
    Outcomes | NotApplicable,
    Outcomes | NotApplicable,
    Outcomes | NotApplicable,
    Outcomes | NotApplicable,
  ],
  request: Request,
): RouteRow {
  return { about: kind, ...request, own, others, private: hidden, missing };
}

/** Of whoever asks. */
const alone = (own: Outcomes, request: Request = {}): RouteRow =>
  about('person', [own, NOBODYS, NO_CHANNEL_NAMED, NOTHING_NAMED], request);
/** For programs alone. */
const keys = (request: Request): RouteRow => alone(everyone('401', { revoked: '401' }), request);
/** On somebody, everywhere. */
const onPerson = (
  who: Outcomes,
  status: string,
  request: Request,
  own: Outcomes | NotApplicable = NOBODY,
  kind: ThingKind = 'person',
  missing = '404',
): RouteRow => about(kind, [own, allowed(who, status), NO_CHANNEL_NAMED, allowed(who, missing)], request);
/** On what is staff's: nobody's own. */
const onSharedThing = (kind: ThingKind, who: Outcomes, status: string, request: Request): RouteRow =>
  onPerson(who, status, request, STAFFS, kind);

const STAFFS: NotApplicable = { because: 'it is nobody’s own' };
const parameter: PathOf = ({ id }) => ({ parameter: id });
const query =
  (name: string): PathOf =>
  ({ id }) => ({ query: `?${name}=${id}` });
const RULE = {
  name: 'a rule',
  enabled: false,
  when: { kind: 'words', words: ['nothing'] },
  action: { kind: 'hold' },
};

/** By method and path. */
export const ROUTE_TABLE: Readonly<Record<string, RouteRow>> = {
  // The server itself, and files.
  'GET /health': open(),
  'GET /ready': open(),
  'GET /metrics': open(),
  'GET /discovery': open(),
  'GET /.well-known/jwks.json': open(),
  'GET /ws': open(),
  'GET /api': open(),
  'GET /openapi.json': open(),
  'GET /docs': open(),
  'GET /docs/': open(),
  'GET /docs/:file': open(OPEN, { path: () => ({ parameter: 'nothing.js' }) }),
  'GET /client.js': open(),
  'GET /client.js.map': open(),
  'GET /client.d.ts': open(),
  'GET /*': open(),

  // Accounts and tokens: what is sent says who it is.
  'POST /register': open('400', { body: () => ({ username: 'somebody', password: 'short' }) }),
  'POST /login': open('400', { body: () => ({ password: 'nobody’s' }) }),
  'POST /refresh': open('401', { body: () => ({ refresh_token: 'none' }) }),
  'POST /logout': open('204', { body: () => ({ refresh_token: 'none' }) }),
  'GET /oidc/issuers': open(),
  'POST /oidc/token': open('400', {
    body: () => ({ issuer: 'https://nobody.test', grant_type: 'refresh_token', refresh_token: 'none' }),
  }),
  'GET /me': alone(statuses('200')),
  'PATCH /me': alone(allowed(ACCOUNTS, '200'), { body: () => ({ avatar: null }) }),
  // Who may is decided first: 400 is for them.
  'POST /change-password': alone(allowed(ACCOUNTS, '400'), { body: () => ({}) }),

  // Channels.
  'GET /channels': about('channel', [statuses('200'), statuses('200'), statuses('200'), statuses('200')], {
    path: query('prefix'),
  }),
  'POST /channels': about(
    'channel',
    [allowed(STAFF, '409'), allowed(STAFF, '409'), allowed(STAFF, '409'), allowed(STAFF, '201')],
    { body: ({ id }) => ({ name: 'A channel', id }) },
  ),
  'PATCH /channels': about(
    'channel',
    [allowed(KEEPERS, '200'), allowed(STAFF, '200'), allowed(UNKNOWN, '200'), statuses('404')],
    { body: ({ id }) => ({ id, topic: 'words' }) },
  ),
  'DELETE /channels': about(
    'channel of its own',
    [
      allowed(but(KEEPERS, { moderator: '403' }), '204'),
      allowed(STAFF, '204'),
      allowed(UNKNOWN, '204'),
      statuses('404'),
    ],
    { path: query('id') },
  ),
  'GET /channels/:id/members': about('channel', [LOOKERS, statuses('200'), UNSEEN, statuses('404')], {
    path: parameter,
  }),
  // Whom they name isn't there.
  'POST /channels/:id/members': about(
    'channel',
    [allowed(KEEPERS, '404'), allowed(STAFF, '404'), statuses('404'), statuses('404')],
    { path: parameter, body: () => ({ user_id: 'nobody' }) },
  ),
  'DELETE /channels/:id/members': about(
    'channel',
    [allowed(KEEPERS, '404'), allowed(STAFF, '404'), statuses('404'), statuses('404')],
    { path: ({ id }) => ({ parameter: id, query: '?user_id=nobody' }) },
  ),
  'POST /chat/rooms': about(
    'channel',
    [allowed(STAFF, '200'), allowed(STAFF, '200'), allowed(STAFF, '200'), allowed(STAFF, '201')],
    { body: ({ id }) => ({ room_id: id }) },
  ),
  'GET /chat/rooms/:id/presence': about('channel', [LOOKERS, statuses('200'), UNSEEN, statuses('404')], {
    path: parameter,
  }),
  'GET /chat/history/:id': about('channel', [LOOKERS, statuses('200'), UNSEEN, statuses('404')], {
    path: parameter,
  }),
  'GET /messages': about('channel', [LOOKERS, statuses('200'), UNSEEN, statuses('404')], {
    path: query('channel'),
  }),
  // Of what is deleted the answer says so; who may delete none of it gets why.
  'DELETE /messages': about(
    'message',
    [but(statuses('200'), { banned: '403' }), allowed(KEEPERS, '200'), UNSEEN, statuses('404')],
    { body: ({ id }) => ({ ids: [id] }) },
  ),
  'GET /users/:id/messages': about(
    'person',
    [statuses('200'), statuses('200'), NO_CHANNEL_NAMED, statuses('200')],
    { path: parameter },
  ),

  // Whispers: one's own, whoever is named.
  'GET /whispers': about('person', [statuses('200'), statuses('200'), NO_CHANNEL_NAMED, statuses('200')], {
    path: ({ name }) => ({ query: `?name=${name}` }),
  }),
  'GET /whispers/conversations': alone(statuses('200')),

  // What moderators everywhere do.
  'GET /users': onPerson(
    STAFF,
    '200',
    { path: ({ name }) => ({ query: `?username=${name}` }) },
    allowed(STAFF, '200'),
    'person',
    '200',
  ),
  'GET /users/:id': about('person', [statuses('200'), statuses('200'), NO_CHANNEL_NAMED, statuses('404')], {
    path: parameter,
  }),
  'POST /users/ban': onPerson(STAFF, '201', {
    body: ({ id }) => ({ banished_id: id, duration_seconds: 60 }),
  }),
  'DELETE /users/ban': onSharedThing('ban', STAFF, '204', { path: query('ban_id') }),
  'GET /users/bans': onPerson(
    STAFF,
    '200',
    { path: query('user_id') },
    allowed(STAFF, '200'),
    'person',
    '200',
  ),
  'POST /users/mute': onPerson(STAFF, '201', { body: ({ id }) => ({ muted_id: id, duration_seconds: 60 }) }),
  'DELETE /users/mute': onSharedThing('mute', STAFF, '204', { path: query('mute_id') }),
  'GET /users/mutes': onPerson(
    STAFF,
    '200',
    { path: query('user_id') },
    allowed(STAFF, '200'),
    'person',
    '200',
  ),
  'GET /automod/rules': alone(allowed(STAFF, '200')),
  'POST /automod/rules': alone(allowed(STAFF, '201'), { body: () => RULE }),
  'PATCH /automod/rules/:id': onSharedThing('rule', STAFF, '200', {
    path: parameter,
    body: () => ({ enabled: false }),
  }),
  'DELETE /automod/rules/:id': onSharedThing('rule', STAFF, '204', { path: parameter }),
  'POST /automod/dry-run': alone(allowed(STAFF, '200'), {
    body: () => ({ when: RULE.when, last: 10 }),
    isSerial: true,
  }),
  'GET /activity/sessions': onPerson(
    STAFF,
    '200',
    { path: query('user_id') },
    allowed(STAFF, '200'),
    'person',
    '200',
  ),
  'GET /activity/channels': alone(allowed(STAFF, '200')),
  'GET /activity/users': alone(allowed(STAFF, '200')),
  'GET /activity/timeseries': alone(allowed(STAFF, '200'), { path: () => ({ query: '?metric=messages' }) }),
  'GET /server': alone(allowed(STAFF, '200')),
  'PATCH /server': alone(allowed(ADMINISTRATORS, '200'), { body: () => ({ name: 'The house' }) }),
  'GET /ratelimits': alone(allowed(STAFF, '200')),
  'PATCH /ratelimits': alone(allowed(STAFF, '200'), {
    body: () => ({ role: 'moderator', message_limit: 100_000 }),
  }),
  'DELETE /ratelimits': onSharedThing('limit', STAFF, '204', { path: query('channel_id') }),
  'GET /users/:id/sessions': onPerson(
    STAFF,
    '200',
    { path: parameter },
    allowed(STAFF, '200'),
    'person',
    '200',
  ),
  'DELETE /users/:id/sessions': onPerson(
    STAFF,
    '404',
    { path: ({ id }) => ({ parameter: id, query: '?session_id=9-9' }) },
    allowed(STAFF, '404'),
  ),
  // Of the channels that one looks after; nobody handles reports of their own messages.
  'GET /reports (of all)': alone(allowed(KEEPERS, '200')),
  'GET /reports (of a channel)': about(
    'channel',
    [
      allowed(KEEPERS, '200'),
      allowed(STAFF, '200'),
      but(allowed(KEEPERS, '200'), { moderator: '404', owner: '404' }),
      but(allowed(KEEPERS, '200'), { moderator: '404', owner: '404' }),
    ],
    { path: query('channel_id') },
  ),
  'PATCH /reports/:id': about(
    'report',
    [
      allowed(KEEPERS, '404'),
      allowed(KEEPERS, '200'),
      but(allowed(KEEPERS, '200'), { moderator: '404', owner: '404' }),
      allowed(KEEPERS, '404'),
    ],
    { path: parameter, body: () => ({ state: 'claimed' }) },
  ),
  'GET /users/:id/notes': onPerson(STAFF, '200', { path: parameter }, allowed(STAFF, '200'), 'person', '200'),
  'POST /users/:id/notes': onPerson(
    STAFF,
    '201',
    { path: parameter, body: () => ({ text: 'words' }) },
    allowed(STAFF, '201'),
  ),
  'DELETE /users/:id/notes/:note_id': onSharedThing('note', STAFF, '204', { path: parameter }),

  // What administrators do.
  'POST /revocations': onPerson(
    ADMINISTRATORS,
    '204',
    { body: ({ id }) => ({ user_id: id }) },
    { because: 'whoever does that is out' },
    'person',
    '204',
  ),
  'PATCH /users/:id': onPerson(ADMINISTRATORS, '200', {
    path: parameter,
    body: () => ({ roles: ['moderator'] }),
  }),
  'POST /exports': onPerson(
    ADMINISTRATORS,
    '202',
    { body: ({ id }) => ({ kind: 'user', format: 'csv', user_id: id }) },
    allowed(ADMINISTRATORS, '202'),
  ),
  'GET /exports': alone(statuses('200')),
  // Others know of those alone that they made of themselves.
  'GET /exports/:id': onSharedThing('export', EXPORTERS, '200', { path: parameter }),
  'GET /exports/:id/file': onSharedThing('export', EXPORTERS, '200', { path: parameter }),
  'DELETE /exports/:id': onSharedThing('export', EXPORTERS, '204', { path: parameter }),
  'POST /me/export': alone(statuses('202'), { body: () => ({ format: 'ndjson' }) }),
  'DELETE /users/:id': onPerson(ADMINISTRATORS, '204', { path: parameter }, NOBODY),
  'POST /users/:id/erase': onPerson(ADMINISTRATORS, '202', { path: parameter }),
  // Nobody was.
  'GET /users/:id/erase': onPerson(
    ADMINISTRATORS,
    '404',
    { path: parameter },
    allowed(ADMINISTRATORS, '404'),
  ),
  'GET /erasures': alone(allowed(ADMINISTRATORS, '200')),
  'GET /decision-hooks': alone(allowed(ADMINISTRATORS, '200')),
  // None is set.
  'POST /decision-hooks/test': alone(allowed(ADMINISTRATORS, '409')),
  'GET /audit': alone(allowed(ADMINISTRATORS, '200')),
  'GET /api-keys': alone(allowed(ADMINISTRATORS, '200')),
  'POST /api-keys': alone(allowed(ADMINISTRATORS, '201'), {
    body: () => ({ name: 'a program', scopes: ['read'] }),
  }),
  'PATCH /api-keys/:id': onSharedThing('key', ADMINISTRATORS, '200', {
    path: parameter,
    body: () => ({ name: 'another name' }),
  }),
  'DELETE /api-keys/:id': onSharedThing('key', ADMINISTRATORS, '204', { path: parameter }),
  'GET /webhooks': alone(allowed(ADMINISTRATORS, '200')),
  'POST /webhooks': alone(allowed(ADMINISTRATORS, '400'), {
    body: () => ({ url: 'http://127.0.0.1/', events: ['*'] }),
  }),
  'PATCH /webhooks/:id': onSharedThing('webhook', ADMINISTRATORS, '200', {
    path: parameter,
    body: () => ({ enabled: false }),
  }),
  'DELETE /webhooks/:id': onSharedThing('webhook', ADMINISTRATORS, '204', { path: parameter }),
  'GET /webhooks/:id/deliveries': onSharedThing('webhook', ADMINISTRATORS, '200', { path: parameter }),
  'POST /webhooks/:id/deliveries/:delivery/retry': onSharedThing('webhook', ADMINISTRATORS, '404', {
    path: ({ id }) => ({ parameter: `${id} 1` }),
  }),
  'POST /webhooks/:id/test': onSharedThing('webhook', ADMINISTRATORS, '202', { path: parameter }),
  // Other programs', with keys: a user's token is none.
  'POST /server/publish': keys({ body: () => ({ channel_id: 'lobby', content: 'words' }) }),
  'POST /server/broadcast': keys({ body: () => ({ content: 'words' }) }),
  'POST /server/whisper': keys({ body: () => ({ to: { name: 'nobody' }, content: 'words' }) }),
  'PUT /server/users/:id': keys({ path: parameter, body: () => ({ name: 'a name' }) }),
  'GET /server/users/:id': keys({ path: parameter }),
  'POST /server/users/:id/tokens': keys({ path: parameter, body: () => ({}) }),
  'POST /server/users/:id/disconnect': keys({ path: parameter }),
  'POST /server/channels/:id/members': keys({
    path: () => ({ parameter: 'lobby' }),
    body: () => ({ user_id: 'x' }),
  }),
  'DELETE /server/channels/:id/members': keys({ path: () => ({ parameter: 'lobby', query: '?user_id=x' }) }),
  'DELETE /audit/:seq/texts': onSharedThing('act', ADMINISTRATORS, '204', { path: parameter }),
};
