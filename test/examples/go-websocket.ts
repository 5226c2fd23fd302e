/** The examples of the third document, a WebSocket server in Go with Redis and Kinde. */
import { type WireClient } from '../support/wire-client.ts';
import { curl } from './documented-call.ts';
import { type Example, holds } from './example.ts';
import type { World } from './world.ts';

const MESSAGE = {
  ...{ type: 'message:created', channelId: '123', timestamp: 1234567890 },
  data: { id: 'msg_1', content: 'Hello world', authorId: 'user_1', authorName: 'John Doe' },
};
const envelope = (type: string, data: object): string =>
  JSON.stringify({ type, channelId: '123', timestamp: 1234567891, data });

async function connected({ wscat, issued }: World, channel: string, name: string): Promise<WireClient> {
  const token = await issued(name);
  const client = await wscat(`ws://localhost:8080/ws?token=${token}&channelId=${channel}`);
  await client.next('channel:joined');
  return client;
}

export const GO_WEBSOCKET: readonly Example[] = [
  {
    documented: 'curl http://localhost:8080/health',
    verdict: 'as written',
    run: async ({ server }) => {
      const answer = await curl(server.url, 'curl http://localhost:8080/health');
      holds(answer, { status: 200, body: 'OK' }, 'health');
    },
  },
  {
    documented: 'new WebSocket(`ws://localhost:8080/ws?token=${token}&channelId=${channelId}`)',
    verdict: 'differently',
    why: 'It comes in and into the channel. Before events come `welcome` and `channel:joined`, with who is there.',
    run: async (world) => {
      const client = await connected(world, 'channel_123', 'Ann');
      const [first] = client.frames;
      holds(first, { type: 'welcome', data: { user: { name: 'Ann' } } }, 'the first frame');
    },
  },
  {
    documented: 'The token in the Authorization header',
    verdict: 'as written',
    run: async ({ wscat, issued }) => {
      const headers = { authorization: `Bearer ${await issued('Bob')}` };
      const client = await wscat('ws://localhost:8080/ws?channelId=channel_123', headers);
      await client.next('channel:joined');
    },
  },
  {
    documented: '{"type": "typing:start", "channelId": "channel_id"}',
    verdict: 'differently',
    why: 'Others get it in the envelope; it ends by itself, so that nobody types for ever.',
    run: async (world) => {
      const [one, two] = [
        await connected(world, 'channel_id', 'Cyd'),
        await connected(world, 'channel_id', 'Dee'),
      ];
      one.send('{"type": "typing:start", "channelId": "channel_id"}');
      const told = await two.next('typing:start');
      holds(told, { channelId: 'channel_id', data: { user: { name: 'Cyd' } } }, 'typing');
      holds(typeof told.timestamp, 'number', 'its time');
      one.send('{"type": "typing:stop", "channelId": "channel_id"}');
      await two.next('typing:stop');
    },
  },
  {
    documented: '{"type": "typing:stop", "channelId": "channel_id"}',
    verdict: 'as written',
    run: async (world) => {
      const client = await connected(world, 'channel_id', 'Eve');
      client.send('{"type": "typing:stop", "channelId": "channel_id"}');
      holds((await client.request('presence:get', 'channel_id')).type, 'presence', 'it goes on');
      holds(
        client.frames.some(({ type }) => type === 'error'),
        false,
        'an error',
      );
    },
  },
  {
    documented: 'presence:join and presence:leave',
    verdict: 'differently',
    why: 'Once a person, not once a connection: a second tab doesn’t join again, and closing it doesn’t leave.',
    run: async (world) => {
      const watcher = await connected(world, 'channel_9', 'Fay');
      const one = await connected(world, 'channel_9', 'Gil');
      holds(await watcher.next('presence:join'), { data: { user: { name: 'Gil' } } }, 'who comes');
      await one.close();
      holds(await watcher.next('presence:leave'), { data: { user: { name: 'Gil' } } }, 'who goes');
    },
  },
  {
    documented: `redis-cli PUBLISH "channel:123" '${JSON.stringify(MESSAGE)}'`,
    verdict: 'differently',
    why: 'It is kept in the log first, with a `seq` and the time at which it came; `data` is passed on as it is, and `author` beside it.',
    run: async (world) => {
      const client = await connected(world, '123', 'Hal');
      await world.publish('channel:123', JSON.stringify(MESSAGE));
      const author = { id: 'user_1', name: 'John Doe' };
      const { type, channelId, data } = MESSAGE;
      const told = await client.next('message:created');
      holds(told, { type, channelId, data: { ...data, author } }, 'the message');
      holds(told.seq, 1, 'its place');
    },
  },
  {
    documented: 'message:updated by PUBLISH',
    verdict: 'differently',
    why: 'The message that it names is changed in the log, for those who come later too.',
    run: async (world) => {
      const client = await connected(world, '123', 'Ida');
      await world.publish('channel:123', envelope('message:updated', { id: 'msg_1', content: 'Hello all' }));
      holds(
        await client.next('message:updated'),
        { data: { id: 'msg_1', content: 'Hello all' } },
        'the text',
      );
    },
  },
  {
    documented: 'message:deleted by PUBLISH',
    verdict: 'differently',
    why: 'Its text is gone from the log, for those who come later too.',
    run: async (world) => {
      const client = await connected(world, '123', 'Jay');
      await world.publish('channel:123', envelope('message:deleted', { id: 'msg_1' }));
      holds(await client.next('message:deleted'), { data: { id: 'msg_1' } }, 'the deletion');
    },
  },
  {
    documented: 'KINDE_ISSUER_URL, REDIS_URL, PORT',
    verdict: 'as written',
    why: 'The server of these examples was started with them.',
    run: async (world) => {
      const client = await connected(world, 'channel_1', 'Kim');
      holds(client.frames.length > 0, true, 'connected by a token of that issuer');
    },
  },
];
