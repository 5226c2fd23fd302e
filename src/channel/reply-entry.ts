/** A reply on its way into the log. */
import type { AppendEntry } from '../log/entry.ts';

/** `message` as a reply to `replyTo`, below `root` where that is another one: it and its mentions need what it replies to. */
export function asReply(message: AppendEntry, replyTo: string, root = replyTo): AppendEntry {
  const { shadow } = message;
  const companions = message.companions?.map((one) => ({ ...one, rides: message.id }));
  return {
    ...message,
    needs: replyTo,
    changes: [{ kind: 'reply', root, ...(typeof shadow === 'string' ? { shadow } : {}) }],
    ...(companions === undefined ? {} : { companions }),
  };
}
