import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { defineGatewayCommand } from '../../src/gateway/command.ts';
import { buildRequestTable } from '../../src/gateway/request-table.ts';

const inChannel = { type: 'wave:send', route: 'channel', rate: 'query' } as const;
const command = (withoutChannel?: true) =>
  defineGatewayCommand({
    ...{ type: 'wave:send', rate: 'query', anonymous: false, data: Type.Object({}) },
    ...(withoutChannel === undefined ? {} : { withoutChannel }),
    handle: () => ({ ok: true, value: null }),
  });

describe('types that are answered with and without a channel', () => {
  it('[MOD-9] go to the channel, and elsewhere without one', () => {
    const route = buildRequestTable([inChannel], [command(true)]).get('wave:send');
    expect(route).toMatchObject({ to: 'channel', elsewhere: { to: 'main', type: 'wave:send' } });
    expect(buildRequestTable([], [command(true)]).get('wave:send')).toMatchObject({ to: 'main' });
  });

  it('[REQ-10] are told from those that are registered twice', () => {
    expect(() => buildRequestTable([inChannel], [command()])).toThrow(/twice/);
  });
});
