import { describe, expect, it } from 'vitest';
import { ChangeHints } from '../../src/cache/valkey/change-hints.ts';
import { settled } from '../support/fake-timers.ts';

describe('hints of changes', () => {
  it('[VALKEY-13] of others are looked after once at a time, and once more for all that came meanwhile', async () => {
    let hear: (from: string) => void = () => undefined;
    const hints = new ChangeHints({
      link: {
        ask: async () => null,
        listen: (pattern, received) => {
          hear = (from) => {
            received(pattern, Buffer.from(from));
          };
        },
      },
      channel: 'hubbub:x:changed',
      self: 'me',
    });
    const looks: (() => void)[] = [];
    hints.listen(() => new Promise((resolve) => looks.push(resolve)));
    hear('me');
    expect(looks).toHaveLength(0);
    for (const from of ['you', 'you', 'she']) hear(from);
    expect(looks).toHaveLength(1);
    looks[0]!();
    await settled();
    expect(looks).toHaveLength(2);
    looks[1]!();
    await settled();
    expect(looks).toHaveLength(2);
    hear('you');
    expect(looks).toHaveLength(3);
    // Nobody answers: nothing comes of it.
    hints.tell();
  });
});
