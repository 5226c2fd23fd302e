import { afterEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

const HOUR = 3_600_000;

async function started(role: Role = 'moderator') {
  open = await testHttp();
  const { app, bearer, clock } = open;
  const headers = await bearer('mod', role);
  const ask = async (url: string) => {
    const answer = await app.inject({ url, headers });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  return { ...open, ask, now: clock.now };
}

describe('/activity/sessions', () => {
  it('[ACT-4] tells sessions by days of a zone, of one user or all', async () => {
    const { ask, sessions } = await started();
    const startedAt = Date.UTC(2026, 2, 28, 22, 30);
    const common = { guest: false, clientId: null, startedAt, endedAt: startedAt + HOUR, code: 1000 };
    await sessions.record({ name: 'w', run: 'w', place: null }, startedAt, [
      { ...common, connection: 1, userId: 'ada' },
      { ...common, connection: 2, userId: 'bob' },
    ]);
    const span = `from=${startedAt}&to=${startedAt + 2 * HOUR}`;
    const day = (date: string, count: number, seconds: number) => ({
      ...{ date, count, total_duration_seconds: seconds },
    });
    expect(await ask(`/activity/sessions?${span}&user_id=ada&time_zone=Europe/Berlin`)).toEqual({
      status: 200,
      body: {
        items: [day('2026-03-28', 1, 1_800), day('2026-03-29', 0, 1_800)],
        ...{ has_more: false, time_zone: 'Europe/Berlin' },
      },
    });
    expect((await ask(`/activity/sessions?${span}`)).body).toEqual({
      items: [day('2026-03-28', 2, 7_200), day('2026-03-29', 0, 0)],
      ...{ has_more: false, time_zone: 'UTC' },
    });
  });

  it('[ACT-10] [ACT-11] a chart has every bucket of the span', async () => {
    const { ask, sessions } = await started();
    const startedAt = Date.UTC(2026, 2, 28, 22, 30);
    const session = { connection: 1, userId: 'ada', guest: false, clientId: null, startedAt };
    await sessions.record({ name: 'w', run: 'w', place: null }, startedAt, [
      { ...session, endedAt: startedAt + HOUR, code: 1000 },
    ]);
    const span = `from=${startedAt - HOUR}&to=${startedAt + 2 * HOUR}&time_zone=Europe/Berlin`;
    expect(await ask(`/activity/timeseries?metric=connections&bucket=day&${span}`)).toEqual({
      status: 200,
      body: {
        ...{ metric: 'connections', bucket: 'day', time_zone: 'Europe/Berlin', has_more: false },
        items: [
          { start: Date.UTC(2026, 2, 27, 23), date: '2026-03-28', value: 1 },
          { start: Date.UTC(2026, 2, 28, 23), date: '2026-03-29', value: 0 },
        ],
      },
    });
    const { body } = await ask(`/activity/timeseries?metric=messages&bucket=hour&${span}`);
    expect(body['items']).toEqual(
      [21, 22, 23, 24].map((hour) => ({ start: Date.UTC(2026, 2, 28, hour), value: 0 })),
    );
    for (const query of [
      '',
      'metric=reactions',
      'metric=messages&bucket=week',
      'metric=messages&from=9&to=8',
    ]) {
      expect([query, (await ask(`/activity/timeseries?${query}`)).status]).toEqual([query, 400]);
    }
    expect(
      (
        await ask(
          '/activity/timeseries?metric=active_users&bucket=minute&from=1000000000000&to=1000000060000',
        )
      ).status,
    ).toBe(400);
  });

  it('[ACT-9] channels and users', async () => {
    const { ask } = await started();
    expect((await ask('/activity/channels?limit=5')).body).toEqual({ items: [], has_more: false });
    expect((await ask('/activity/users')).body).toEqual({ items: [], has_more: false });
    for (const path of ['channels?limit=0', 'users?limit=1000', 'users?from=2&to=1', 'channels?from=x']) {
      expect([path, (await ask(`/activity/${path}`)).status]).toEqual([path, 400]);
    }
  });

  it('[ACT-6] refuses nonsense', async () => {
    const { ask } = await started('admin');
    for (const query of [
      'time_zone=Mars/Olympus',
      'time_zone=',
      'from=x',
      'from=-1',
      'from=5000000000000&to=4000000000000',
      'from=0',
      'from=1700000000000&to=9007199254740991',
      'user_id=',
    ]) {
      expect([query, (await ask(`/activity/sessions?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('[ACT-6] is for moderators and admins: 401, then 403, then 400', async () => {
    const { app, ask } = await started('user');
    const url = '/activity/sessions?time_zone=nowhere';
    expect((await app.inject({ url })).statusCode).toBe(401);
    expect((await ask(url)).status).toBe(403);
  });
});
