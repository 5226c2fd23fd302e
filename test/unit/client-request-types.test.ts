import { describe, expectTypeOf, it } from 'vitest';
import type { KnownRequests, RequestData } from '../../src/client/request-types.ts';

describe('request types', () => {
  it('[SDK-26] requests are typed by the registries; other types take anything', () => {
    expectTypeOf<RequestData<'history:get'>>().toEqualTypeOf<KnownRequests['history:get']>();
    expectTypeOf<{ limit: string }>().not.toExtend<RequestData<'history:get'>>();
    expectTypeOf<{ limit: number }>().toExtend<RequestData<'history:get'>>();
    expectTypeOf<{ hand: string }>().not.toExtend<RequestData<'message:send'>>();
    expectTypeOf<RequestData<'x:y'>>().toEqualTypeOf<unknown>();
  });
});
