/** The routes of the first two documents, OnRabble's, which name them and give no calls. */
import { type Example, holds } from './example.ts';
import type { World } from './world.ts';

const WITH_TOKEN = 'Takes `Authorization: Bearer <token>`';

/** A route as a moderator asks it, and that nobody else may without a token. */
function route(
  documented: string,
  why: string,
  run: (world: World) => Promise<void>,
  open = documented.split(' ')[1] ?? '',
): Example {
  return {
    ...{ documented, verdict: 'differently', why },
    run: async (world) => {
      const path = open.replace(/[?,].*$/, '');
      const answer = await fetch(world.server.url + path);
      holds(answer.status, 401, `${path} without a token`);
      await run(world);
    },
  };
}

export const ONRABBLE: readonly Example[] = [
  {
    documented: '/ws?token=<JWT>',
    verdict: 'differently',
    why: '`preferred_username`, `sub` and `azp` are read as described; frames are `{type, channelId, timestamp, data}`.',
    run: async ({ wscat, issued }) => {
      const client = await wscat(`ws://localhost:8080/ws?token=${await issued('lena')}`);
      holds(await client.welcomed(), { user: { name: 'lena' } }, 'welcome');
    },
  },
  {
    documented: 'GET /discovery',
    verdict: 'as written',
    run: async ({ server }) => {
      const found = (await (await fetch(`${server.url}/discovery`)).json()) as object;
      const names = [
        'auth_url',
        'token_url',
        'health_url',
        'chat_client',
        'chat_url',
        'server_name',
        'server_id',
      ];
      for (const name of names) holds(typeof Reflect.get(found, name), 'string', name);
    },
  },
  route('GET /channels', `${WITH_TOKEN}; POST, PATCH and DELETE too, by role.`, async ({ ask }) => {
    const made = await ask('POST', '/channels', { name: 'News', description: 'What is new' });
    holds(made, { status: 201, body: { id: 'news', name: 'News', description: 'What is new' } }, 'made');
    await ask('POST', '/channels', { name: 'Old' });
    holds(await ask('PATCH', '/channels', { id: 'old', before_id: null }), { status: 200 }, 'put in a place');
    holds(await ask('PATCH', '/channels', { id: 'news', before_id: 'old' }), { status: 200 }, 'put before');
    holds((await ask('GET', '/channels')).status, 200, 'listed');
    holds((await ask('DELETE', '/channels?id=old&purge=true')).status, 204, 'deleted');
  }),
  route('GET /messages', `${WITH_TOKEN}, and finds what its user may read.`, async (world) => {
    const { ask, wscat, issued } = world;
    const client = await wscat(`ws://localhost:8080/ws?token=${await issued('Mia')}&channelId=rabble`);
    await client.next('channel:joined');
    await client.say('rabble', 'needles in haystacks');
    const { id } = (await client.next('message:created')).data;
    const found = await ask('GET', '/messages?channel=rabble&keyword=needles&limit=5&offset=0');
    holds(found, { status: 200, body: { items: [{ data: { id } }], has_more: false } }, 'found');
    const deleted = await ask('DELETE', '/messages', { ids: [id] });
    holds(deleted, { status: 200, body: { deleted: [id] } }, 'deleted');
    await client.next('message:deleted');
  }),
  route('GET /users', `${WITH_TOKEN} of a moderator.`, async ({ account, ask }) => {
    const { id, name } = await account();
    const found = await ask('GET', `/users?username=${name}`);
    holds(found, { status: 200, body: { items: [{ id, name }] } }, 'found');
  }),
  route(
    'POST /users/ban',
    `${WITH_TOKEN} of a moderator. \`duration\` counts hours, \`duration_seconds\` seconds; it ends open connections at once. \`DELETE ?ban_id\` pardons.`,
    async ({ account, ask }) => {
      const { id } = await account();
      const banned = await ask('POST', '/users/ban', { banished_id: id, reason: 'spam', duration: 1 });
      holds(banned.status, 201, 'banned');
      const { ban_id: ban } = banned.body as { ban_id: string };
      holds((await ask('DELETE', `/users/ban?ban_id=${ban}`)).status, 204, 'pardoned');
    },
    '/users/bans',
  ),
  route('GET /users/bans', `${WITH_TOKEN} of a moderator.`, async ({ ask }) => {
    const bans = await ask('GET', '/users/bans');
    holds(bans, { status: 200, body: { items: [{ reason: 'spam', pardoned: true }] } }, 'listed');
  }),
  route('GET /activity/sessions', `${WITH_TOKEN} of a moderator.`, async ({ account, ask }) => {
    const { id } = await account();
    const { status, body } = await ask('GET', `/activity/sessions?user_id=${id}`);
    holds(status, 200, 'answered');
    const [day] = (body as { items: object[] }).items;
    holds(day, { count: 0, total_duration_seconds: 0 }, 'a day');
  }),
  route('GET /activity/channels', `${WITH_TOKEN} of a moderator.`, async ({ ask }) => {
    holds((await ask('GET', '/activity/channels')).status, 200, 'answered');
  }),
  route(
    'GET /ratelimits',
    `${WITH_TOKEN} of a moderator. PATCH takes one of \`message_limit\` and \`window_seconds\` alone; what is left out stays, and 0 is refused.`,
    async ({ admin, ask }) => {
      holds((await ask('GET', '/ratelimits')).status, 200, 'read');
      const channel = { channel_id: 'limited' };
      const set = await ask('PATCH', '/ratelimits', { ...channel, message_limit: 10 }, admin);
      holds(set.status, 200, 'one of both');
      const none = await ask('PATCH', '/ratelimits', { ...channel, message_limit: 0 }, admin);
      holds(none.status, 400, 'zero');
    },
  ),
];
