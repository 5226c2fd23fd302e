/** The examples of the fifth document, ChatOrbit's. */
import { curl } from './documented-call.ts';
import { type Example, holds } from './example.ts';

const REGISTER = `curl -X POST http://localhost:8089/register -H "Content-Type: application/json" -d '{"email":"abc@example.com", "username":"test", "password":"12345678"}'`;
const LOGIN = `curl -X POST http://localhost:8089/login -H "Content-Type: application/json" -d '{"email":"abc@example.com", "password":"12345678"}'`;
const ROOM = `curl -X POST http://localhost:8088/chat/rooms -H "Content-Type: application/json" -d '{"room_id": "music"}'`;

const chat = (token: string, room: string): string => `ws://localhost:8088/ws/chat?token=${token}${room}`;

export const CHATORBIT: readonly Example[] = [
  {
    documented: REGISTER,
    verdict: 'as written',
    run: async ({ server }) => {
      holds(await curl(server.url, REGISTER), { status: 201, body: { user: { name: 'test' } } }, 'register');
    },
  },
  {
    documented: LOGIN,
    verdict: 'differently',
    why: 'The token is in the answer alone: no cookie is set, so no other site’s page can act by one.',
    run: async ({ server }) => {
      const { status, body } = await curl(server.url, LOGIN);
      holds(status, 200, 'login');
      holds(typeof (body as { token?: unknown }).token, 'string', 'token');
    },
  },
  {
    documented: ROOM,
    verdict: 'differently',
    why: 'It takes `Authorization: Bearer <token>`: rooms were open to anyone. With one it is idempotent as described.',
    run: async ({ server, account }) => {
      holds(await curl(server.url, ROOM), { status: 401 }, 'without a token');
      const { token } = await account();
      const headers = { authorization: `Bearer ${token}` };
      const room = { room_id: 'music' };
      holds(await curl(server.url, ROOM, headers), { status: 201, body: room }, 'the first time');
      holds(await curl(server.url, ROOM, headers), { status: 200, body: room }, 'the second time');
    },
  },
  {
    documented: 'wscat -c "ws://localhost:8088/ws/chat?token=<YOUR_JWT_TOKEN>&room_id=my-room"',
    verdict: 'as written',
    run: async ({ wscat, account }) => {
      const client = await wscat(chat((await account()).token, '&room_id=my-room'));
      client.send('{"content": "Hi"}');
      holds(await client.next(() => true), { room_id: 'my-room', content: 'Hi' }, 'one’s own message');
    },
  },
  {
    documented: '{"room_id": "my-room", "content": "Hello!"} in one of two terminals',
    verdict: 'differently',
    why: 'Both show `{id, room_id, user_id, content, timestamp}`, but each message has an id of its own, not zeros.',
    run: async ({ wscat, account }) => {
      const [one, two] = [await account(), await account()];
      const first = await wscat(chat(one.token, '&room_id=my-room'));
      const second = await wscat(chat(two.token, '&room_id=my-room'));
      // It is there when it hears itself.
      second.send('{"room_id": "my-room", "content": "Hi there! Got your message instantly."}');
      const ofTwo = { room_id: 'my-room', user_id: two.id };
      const seen = await Promise.all([first, second].map((client) => client.next(says('Hi there!'))));
      for (const message of seen) holds(message, ofTwo, 'the reply');
      first.send('{"room_id": "my-room", "content": "Hello!"}');
      const [mine, theirs] = await Promise.all([first, second].map((client) => client.next(says('Hello!'))));
      holds(mine, { ...theirs, user_id: one.id }, 'the message in both');
      const { id, timestamp } = mine as unknown as { id: string; timestamp: string };
      holds(/^0*$/.test(id), false, 'an id of its own');
      holds(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(timestamp), true, 'RFC 3339');
    },
  },
  {
    documented: 'wscat -c "ws://localhost:37347/ws/chat?token=<YOUR_JWT_TOKEN>"',
    verdict: 'as written',
    why: 'Without `room_id` it is the room `general`.',
    run: async ({ wscat, account }) => {
      const client = await wscat(chat((await account()).token, ''));
      client.send('{"content": "Hi"}');
      holds(await client.next(() => true), { room_id: 'general' }, 'the room');
    },
  },
  {
    documented: 'http://localhost:8089/swagger/index.html',
    verdict: 'not',
    why: 'Swagger UI is at `/docs`, the description at `/openapi.json`.',
    run: async ({ server }) => {
      const page = 'curl http://localhost:8089/swagger/index.html';
      holds(await curl(server.url, page), { status: 404 }, 'the old page');
      holds(await curl(server.url, 'curl http://localhost:8089/docs/'), { status: 200 }, 'the new page');
    },
  },
];

const says =
  (beginning: string) =>
  (frame: object): boolean =>
    String(Reflect.get(frame, 'content')).startsWith(beginning);
