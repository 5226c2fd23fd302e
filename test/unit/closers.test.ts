import { describe, expect, it } from 'vitest';
import { Closers } from '../../src/composition/closers.ts';

describe('closers', () => {
  it('[OPS-17] close the newest part first, one after the other', async () => {
    const closers = new Closers();
    const steps: string[] = [];
    const slow = Promise.withResolvers<undefined>();
    closers.add(() => {
      steps.push('first');
    });
    closers.add(async () => {
      steps.push('second begins');
      await slow.promise;
      steps.push('second ends');
    });
    closers.add(() => {
      steps.push('third');
    });
    const closed = closers.closeAll();
    slow.resolve(undefined);
    await closed;
    expect(steps).toEqual(['third', 'second begins', 'second ends', 'first']);
  });

  it('[OPS-17] close each part once, however often they are asked', async () => {
    const closers = new Closers();
    let closed = 0;
    closers.add(() => {
      closed += 1;
    });
    await Promise.all([closers.closeAll(), closers.closeAll()]);
    await closers.closeAll();
    expect(closed).toBe(1);
  });

  it('[OPS-17] close the rest when a part fails, and tell of everything that failed', async () => {
    const closers = new Closers();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    let closed = 0;
    closers.add(() => {
      closed += 1;
    });
    closers.add(() => {
      throw thrown;
    });
    closers.add(() => Promise.reject(rejected));
    await expect(closers.closeAll()).rejects.toMatchObject({ errors: [rejected, thrown] });
    expect(closed).toBe(1);
  });
});
