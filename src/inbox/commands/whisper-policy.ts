import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { WHISPER_POLICIES } from '../../protocol/whispers.ts';
import { defineInboxCommand } from '../command.ts';

/** Who may whisper to the user; without `from` it is only told. */
export const whisperPolicy = defineInboxCommand({
  type: 'whisper:policy',
  rate: 'query',
  data: Type.Object({
    from: Type.Optional(Type.Enum([...WHISPER_POLICIES])),
  }),
  handle(state, { waiter, data }, ctx) {
    if (data.from === undefined) return ack(waiter, undefined, ctx.now, { from: state.policy });
    return [{ kind: 'change', change: { kind: 'policy', policy: data.from }, waiter }];
  },
});
