import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isPrivateAddress, publicLookup, urlProblem } from '../../src/admin/webhooks/address-guard.ts';
import { GIVE_UP_MS, pauseAfter } from '../../src/admin/webhooks/backoff.ts';
import { type Posted, postSigned, type SignedPost } from '../../src/admin/webhooks/post-signed.ts';
import { signatureOf } from '../../src/admin/webhooks/signature.ts';
import { WebhookCourier } from '../../src/admin/webhooks/webhook-courier.ts';
import { actBy } from '../../src/protocol/audit-act.ts';
import { MemoryWebhooks } from '../../src/storage/memory/memory-webhooks.ts';

const NOW = 1_700_000_000_000;

describe('signatures', () => {
  it('[HOOK-4] are HMAC-SHA256 over the time and the body', () => {
    const hmac = createHmac('sha256', 'whsec_x').update('1700000000.{"a":"“🙂”"}').digest('hex');
    expect(signatureOf('whsec_x', '{"a":"“🙂”"}', NOW + 999)).toBe(`t=1700000000,v1=${hmac}`);
  });
});

describe('the next try', () => {
  it('[HOOK-3] comes later each time, up to an hour, and never at the same moment for all', () => {
    expect([1, 2, 3, 4].map((attempts) => pauseAfter(attempts, 0, 0))).toEqual([
      5_000, 10_000, 20_000, 40_000,
    ]);
    expect(pauseAfter(30, 0, 0)).toBe(3_600_000);
    expect(pauseAfter(1, 0, 1)).toBe(2_500);
  });

  it('[HOOK-5] there is none after a day', () => {
    expect(pauseAfter(1, GIVE_UP_MS - 5_000, 0)).toBe(5_000);
    expect(pauseAfter(1, GIVE_UP_MS - 4_999, 0)).toBeNull();
  });
});

describe('addresses', () => {
  const closed = [
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '240.0.0.1'],
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'nonsense', ''],
  ];
  const open = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'];

  it.each(closed)('[HOOK-6] %s is private', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(open)('[HOOK-6] %s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it.each([
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::1]/',
      'http://[::ffff:7f00:1]/',
    ],
    ...[
      'ftp://shop.test/',
      'file:///etc/passwd',
      'https://a:b@shop.test/',
      'nonsense',
      'javascript:alert(1)',
    ],
  ])('[HOOK-6] nothing is sent to %s', (url) => {
    expect(urlProblem(url, false)).not.toBeNull();
  });

  it('[HOOK-6] private ones are allowed where the setting says so, and nothing but http and https ever', () => {
    expect(urlProblem('http://127.0.0.1:8080/hook', true)).toBeNull();
    expect(urlProblem('https://shop.test/', false)).toBeNull();
    expect(urlProblem('ftp://127.0.0.1/', true)).not.toBeNull();
  });

  it('[HOOK-6] a name that leads to a private one is refused when it is connected to', async () => {
    const problem = await new Promise((resolve) => {
      publicLookup('localhost', { all: true }, (error) => {
        resolve(error?.message);
      });
    });
    expect(problem).toContain('private');
    const post = { url: 'http://localhost:1/', secret: 's', body: '{}', sentAt: NOW, headers: {} };
    expect(await postSigned({ ...post, allowsPrivate: false })).toMatchObject({
      problem: expect.stringContaining('private'),
    });
  });
});

describe('a post', () => {
  it('[HOOK-6] follows no redirect, and waits only so long', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      if (request.url === '/slow') return;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const send = (path: string, timeoutMs: number) =>
      postSigned(
        {
          ...{ url: `http://127.0.0.1:${port}${path}`, secret: 's', body: '{}', sentAt: NOW, headers: {} },
          allowsPrivate: true,
        },
        timeoutMs,
      );
    expect(await send('/', 5_000)).toEqual({ status: 302 });
    expect(await send('/slow', 50)).toEqual({ problem: 'no answer within 50 ms' });
    expect(asked).toBe(2);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the courier', () => {
  async function courierOf(answer: (post: SignedPost) => Promise<Posted>) {
    const store = new MemoryWebhooks();
    const clock = { now: NOW };
    const posts: SignedPost[] = [];
    const errors: object[] = [];
    const outcomes: string[] = [];
    const courier = new WebhookCourier({
      counted: (outcome) => outcomes.push(outcome),
      ...{ store, allowsPrivate: false, now: () => clock.now, random: () => 0 },
      post: async (post) => {
        posts.push(post);
        return answer(post);
      },
      logger: { error: (fields) => void errors.push(fields) },
    });
    const make = async (id: string) => {
      const hook = {
        ...{ id, url: `https://${id}.test/`, events: ['message:*'], enabled: true, secret: `s-${id}` },
        ...{ createdAt: NOW, createdBy: { id: 'u', name: 'U' } },
      };
      await store.create(hook, 10, actBy({ id: 'u' }, NOW, { action: 'webhook:created' }));
    };
    let seq = 0;
    const say = (data: object) => {
      seq += 1;
      store.add({
        ...{ channelId: 'general', id: `m${seq}`, seq, timestamp: clock.now, type: 'message:created' },
        data: JSON.stringify(data),
      });
    };
    const deliveries = async (id: string) => {
      const found = await store.deliveries(id, { limit: 100 });
      return found.ok ? found.value.items : [];
    };
    return { courier, clock, posts, errors, outcomes, make, say, deliveries };
  }

  it('[HOOK-2] [HOOK-4] tells the event as it stands, signed, with an id for each delivery', async () => {
    const { courier, posts, make, say, deliveries } = await courierOf(async () => ({ status: 204 }));
    await make('shop');
    say({ id: 'm1', content: 'hi', author: { id: 'u1', name: 'Ada' }, clientMessageId: 'k' });
    await courier.pass();
    await courier.settled();
    expect(posts).toHaveLength(1);
    const [{ url, secret, body, headers }] = posts as [SignedPost];
    expect({ url, secret }).toEqual({ url: 'https://shop.test/', secret: 's-shop' });
    expect(headers).toMatchObject({ 'x-hubbub-event': 'message:created', 'x-hubbub-attempt': '1' });
    expect(JSON.parse(body)).toEqual({
      ...{ id: 'm1', type: 'message:created', timestamp: NOW, channel_id: 'general', seq: 1 },
      data: { id: 'm1', content: 'hi', author: { id: 'u1', name: 'Ada' }, client_message_id: 'k' },
    });
    expect(await deliveries('shop')).toMatchObject([{ state: 'delivered', status: 204, attempts: 1 }]);
  });

  it('[HOOK-3] [HOOK-5] [HOOK-12] tries again later each time, and gives up after a day', async () => {
    const { courier, clock, posts, outcomes, make, say, deliveries } = await courierOf(async () => ({
      status: 500,
    }));
    await make('shop');
    say({ id: 'm1' });
    for (const wait of [0, 4_999, 1, 9_999, 1]) {
      clock.now += wait;
      await courier.pass();
      await courier.settled();
    }
    expect(posts).toHaveLength(3);
    expect(await deliveries('shop')).toMatchObject([
      { state: 'waiting', attempts: 3, problem: 'answered 500' },
    ]);
    clock.now += GIVE_UP_MS;
    await courier.pass();
    await courier.settled();
    expect(await deliveries('shop')).toMatchObject([{ state: 'dead', attempts: 4 }]);
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'given_up']);
  });

  it('[HOOK-3] one that is slow holds up no other', async () => {
    const slow: (() => void)[] = [];
    const { courier, posts, make, say, deliveries } = await courierOf(async ({ url }) => {
      if (url.includes('slow')) await new Promise<void>((resolve) => slow.push(resolve));
      return { status: 200 };
    });
    await make('slow');
    await make('quick');
    for (let nth = 0; nth < 20; nth += 1) say({ id: `m${nth}` });
    for (let nth = 0; nth < 5; nth += 1) {
      await courier.pass();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await deliveries('quick')).filter(({ state }) => state === 'delivered')).toHaveLength(20);
    expect(posts.filter(({ url }) => url.includes('slow'))).toHaveLength(4);
    for (const go of slow) go();
    await courier.settled();
  });
});
