/** Everyone who speaks in the logs: each name a guest with a connection of its own. */
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';

/** Connections that are being made at any moment. */
const RAMP_WIDTH = 25;

/** One of the cast. */
export interface Speaker {
  readonly client: ChatClient;
  readonly userId: string;
  /** The name that the server gave; a taken one got a suffix, a refused one was replaced. */
  readonly givenName: string;
}

/** Connects one guest for each name; `onConnected` is called after each. Rejects when one can't connect at all. */
export async function connectCast(
  url: string,
  names: readonly string[],
  onConnected: () => void,
): Promise<Map<string, Speaker>> {
  const cast = new Map<string, Speaker>();
  const waiting = names.values();
  const ramp = async (): Promise<void> => {
    for (const name of waiting) {
      cast.set(name, await connectSpeaker(url, name));
      onConnected();
    }
  };
  try {
    await Promise.all(Array.from({ length: RAMP_WIDTH }, ramp));
  } catch (error) {
    for (const { client } of cast.values()) client.close();
    throw error;
  }
  return cast;
}

/** Connects a guest under `name`, or a plainer form of it, or whatever name the server gives. */
export async function connectSpeaker(url: string, name: string): Promise<Speaker> {
  const forms = [name, name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 32), undefined];
  for (const form of forms) {
    const client = new ChatClient({ url, name: form });
    try {
      const { user } = await client.connect();
      return { client, userId: user.id, givenName: user.name };
    } catch (error) {
      client.close();
      if (!(error instanceof ChatError) || error.code !== 'bad_request') throw error;
    }
  }
  throw new Error(`the server takes no guest for ${JSON.stringify(name)}`);
}
