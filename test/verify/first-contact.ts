/** Whether a server can be used at all, before anyone is sent there. */
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';
import { cuttableWire } from './cuttable-wire.ts';

/** How long a server may take to let one in, ms. */
const PATIENCE_MS = 20_000;

/** Null, or in one line why nobody gets in at `url` with `token` (without one: as a guest). */
export async function firstContact(url: string, token: string | undefined): Promise<string | null> {
  const nobody = (): void => undefined;
  const wire = cuttableWire({ connecting: nobody, sent: nobody, received: nobody });
  const chat = new ChatClient({ url, token, webSocket: wire.socketClass });
  const where = new URL(url).host;
  let timer: NodeJS.Timeout | undefined;
  let reason = 'no answer';
  const failed = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${where} lets nobody in: ${reason}`), PATIENCE_MS);
    chat.on('closed', (closed) => {
      const problem = wire.problem();
      if (problem !== null) resolve(`there is no Hubbub server at ${where}: ${problem}`);
      reason = `${closed.code} ${closed.reason}`;
    });
  });
  const connected = chat.connect().then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      const whom = token === undefined ? 'guests, use --token' : 'this token';
      return `${where} refuses ${whom}: ${error.code}, ${error.message}`;
    },
  );
  try {
    return await Promise.race([connected, failed]);
  } finally {
    clearTimeout(timer);
    chat.close();
  }
}
