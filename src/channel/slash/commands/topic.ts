import { ack } from '../../../log/answers.ts';
import { updateChannel } from '../../updates.ts';
import { defineSlashCommand } from '../slash-command.ts';

/** Tells the topic, or `channel:update` of it. */
export const topic = defineSlashCommand({
  name: 'topic',
  usage: '/topic [text]',
  description: 'Tells the topic, or gives the channel another one',
  needs: null,
  parse: (args) => ({ topic: args.rest() }),
  does: {
    kind: 'act',
    run: (state, { args, from, waiter }, ctx) =>
      args.topic === undefined
        ? ack(waiter, state.id, ctx.now, { text: state.topic ?? 'no topic yet' })
        : updateChannel(state, { topic: args.topic }, from.user, waiter, ctx),
  },
});
