/** {@link WordsTransport} over a Valkey: one PUBLISH a text, heard by every thread that listens. */
import type { WordsTransport } from '../server-words.ts';
import type { ValkeyLink } from './valkey-link.ts';

/** `channel`: the Valkey channel of all servers of this database. */
export function valkeyWords(
  link: Pick<ValkeyLink, 'ask' | 'listen' | 'hears' | 'breaks'>,
  channel: string,
): WordsTransport {
  return {
    get isHeard() {
      return link.hears(channel);
    },
    get breaks() {
      return link.breaks;
    },
    publish: (text) => link.ask('words', (client) => client.publish(channel, text)),
    listen: (heard) => {
      link.listen(channel, (_, message) => {
        heard(message.toString());
      });
    },
  };
}
