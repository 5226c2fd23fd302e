/** Two servers of one database hear the same events, each at its own speed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PublishedEvent, readPublished } from '../../src/protocol/published-event.ts';
import { runningShard } from '../support/running-shard.ts';

const CHANNEL = 'room';
const LOG = `channel:${CHANNEL}` as const;
const ADA = { id: 'ada', name: 'Ada', guest: false, roles: ['user'] } as const;

/** What is published of one message behind its creation; null deletes it. */
type Change = 'x' | 'y' | 'z' | null;
interface Step {
  readonly id: string;
  readonly change: Change | 'create';
}

/** Creations come first for each message; else the messages' steps are mixed. */
const steps = fc
  .record({
    texts: fc.array(fc.array(fc.constantFrom<Change>('x', 'y', 'z', null), { maxLength: 5 }), {
      minLength: 1,
      maxLength: 3,
    }),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ texts, order }) => {
    const queues = texts.map((changes, index) =>
      (['create', ...changes] as const).map((change): Step => ({ id: `m${index}`, change })),
    );
    const mixed: Step[] = [];
    for (let left = queues.filter(({ length }) => length > 0); left.length > 0;) {
      const [pick] = order.take(1);
      mixed.push(left[pick! % left.length]!.shift()!);
      left = queues.filter(({ length }) => length > 0);
    }
    return mixed;
  });

function eventOf({ id, change }: Step): PublishedEvent {
  const kind = change === 'create' ? 'created' : change === null ? 'deleted' : 'updated';
  const data = { id, authorId: 'john', content: change === 'create' ? 'new' : change };
  const envelope = JSON.stringify({ type: `message:${kind}`, channelId: CHANNEL, data });
  const event = readPublished(CHANNEL, envelope);
  if (typeof event === 'string') throw new Error(event);
  return event;
}

/** What is left of each message, and how many events that takes. */
function modelOf(all: readonly Step[]) {
  const texts = new Map<string, Change | 'new'>();
  let events = 0;
  for (const { id, change } of all) {
    const now = change === 'create' ? 'new' : change;
    if (change !== 'create' && (texts.get(id) === null || texts.get(id) === now)) continue;
    texts.set(id, now);
    events += 1;
  }
  return { texts, events };
}

/** Both carry out `all`, the second one at the pace of `slow`: what each showed, and the log. */
async function run(all: readonly Step[], slow: fc.Stream<number>) {
  const pauseMs = () => slow.take(1).next().value as number;
  const one = runningShard({ name: 'one-' });
  const servers = [one, runningShard({ name: 'two-', beside: one, pauseMs })];
  const { clock } = one;
  const gateways = servers.map((server) => {
    const gateway = server.connect(0);
    gateway.attach(1, ADA);
    gateway.request(1, 'channel:join', CHANNEL);
    return gateway;
  });
  await clock.advance(100);
  const events = [...all, { id: 'last', change: 'create' } as const].map(eventOf);
  const work = servers.map(async ({ shard }) => {
    for (let at = 0; at < events.length;) {
      const end = at + 1 + pauseMs();
      await shard.publish(CHANNEL, events.slice(at, end));
      at = end;
    }
  });
  await clock.advance(20_000);
  await Promise.all(work);
  const [read] = await Promise.all([
    one.log.read(LOG, { direction: 'newest', limit: 200, maxBytes: 1_000_000 }),
    clock.advance(100),
  ]);
  if (!read.ok) throw new Error(read.reason);
  for (const { errors, shard } of servers) {
    expect(errors).toEqual([]);
    shard.close();
  }
  return { log: read.value.events, shown: gateways.map(({ published }) => published) };
}

describe('two servers that hear what is published', () => {
  it('[VALKEY-5] [VALKEY-6] [VALKEY-7] make one of it, in which the newest text stands', async () => {
    const paces = fc.infiniteStream(fc.nat({ max: 20 }));
    await fc.assert(
      fc.asyncProperty(steps, paces, async (all, slow) => {
        const { log, shown } = await run(all, slow);
        const { texts, events } = modelOf(all);
        const created = log.filter(({ type }) => type === 'message:created');
        const found = created.map(({ id, data }) => {
          const { content = null } = JSON.parse(data) as { content?: string };
          return [id, content] as const;
        });
        expect(Object.fromEntries(found)).toEqual({ ...Object.fromEntries(texts), last: 'new' });
        expect(created).toHaveLength(texts.size + 1);
        expect(log.length).toBeGreaterThan(events);
        expect(log.length).toBeLessThanOrEqual(2 * (all.length + 1));
        // Each shows it in order; what a late one wrote behind it the other one sees with its next write.
        const seqs = log.map(({ seq }) => seq);
        for (const published of shown) {
          expect(published).toEqual(seqs.slice(0, published.length));
          expect(published.length).toBeGreaterThan(events);
        }
        expect(shown.map(({ length }) => length)).toContain(seqs.length);
      }),
      { numRuns: 40 },
    );
  });
});
