/** What the fourth document, justchat's, names of a running server. */
import { type Example, holds } from './example.ts';

const FOR_STAFF = 'Takes the token of a moderator: it was open to any user.';

export const JUSTCHAT: readonly Example[] = [
  {
    documented: '/ws, with "hello" as the first message',
    verdict: 'differently',
    why: '`hello` {token?, name?} is the first frame here too, in `data` and not in `payload`; `welcome` answers it.',
    run: async ({ wscat }) => {
      const client = await wscat('ws://localhost:8000/ws');
      client.send({ type: 'hello', data: { name: 'Nia' } });
      holds(await client.welcomed(), { user: { name: 'Nia', guest: true } }, 'a guest');
    },
  },
  {
    documented: '/api/dashboard/*: manage users',
    verdict: 'differently',
    why: FOR_STAFF,
    run: async ({ account, admin, ask }) => {
      const { id, name, token } = await account();
      const list = `/api/dashboard/users/?page=1&page_size=5&registered_only=true&search=${name}`;
      holds((await ask('GET', list, undefined, token)).status, 403, 'a user');
      holds(await ask('GET', list), { status: 200, body: { items: [{ id, name }] } }, 'the list');
      const user = `/api/v1/dashboard/users/${id}`;
      holds(await ask('GET', user), { status: 200, body: { user: { id, name } } }, 'one of them');
      const renamed = await ask('PATCH', user, { name: `${name}x` }, admin);
      holds(renamed, { status: 200, body: { user: { id, name: `${name}x` } } }, 'changed');
      holds((await ask('DELETE', user, undefined, admin)).status, 204, 'deleted');
      holds((await ask('GET', user)).status, 404, 'gone');
    },
  },
  {
    documented: '/api/dashboard/*: check users messages',
    verdict: 'differently',
    why: 'Everybody finds what they may read.',
    run: async ({ account, ask, wscat }) => {
      const { id, token } = await account();
      const client = await wscat(`ws://localhost:8000/ws?token=${token}&channelId=just`);
      await client.next('channel:joined');
      await client.say('just', 'a word');
      const found = await ask('GET', `/api/dashboard/users/${id}/messages`);
      holds(found, { status: 200, body: { items: [{ data: { content: 'a word' } }] } }, 'found');
    },
  },
  {
    documented: '/api/dashboard/*: check active channels, and their members',
    verdict: 'differently',
    why: 'With how many people are in each. Members are those who belong to it, whether they are in it or not.',
    run: async ({ ask, wscat, account }) => {
      const { token } = await account();
      const client = await wscat(`ws://localhost:8000/ws?token=${token}&channelId=busy`);
      await client.next('channel:joined');
      await client.say('busy', 'a word');
      const { status, body } = await ask('GET', '/api/dashboard/channels/active');
      holds(status, 200, 'active channels');
      const busy = (body as { items: { id: string }[] }).items.find((channel) => channel.id === 'busy');
      holds(busy, { present: 1 }, 'how many are there');
      holds((await ask('GET', '/api/dashboard/channels/members/busy')).status, 200, 'members');
    },
  },
  {
    documented: 'Signing up and logging in (/api/v1/auth/signup, /api/v1/auth/login)',
    verdict: 'differently',
    why: 'Passwords have 8 to 128 characters of any kind; the token is answered with one that renews it.',
    run: async ({ ask }) => {
      const credentials = { username: 'Opal', password: 'Secret12345' };
      holds((await ask('POST', '/api/v1/auth/signup', credentials)).status, 201, 'signed up');
      const login = await ask('POST', '/api/v1/auth/login', credentials);
      holds(login.status, 200, 'logged in');
      holds(typeof (login.body as { token?: unknown }).token, 'string', 'token');
    },
  },
];
