/** Making a channel over HTTP: POST /channels. */
import { fieldsOf, NOT_UNDERSTOOD, type Answer, type ServerRequests } from './server-requests.ts';

/** A channel to be made; without `id` the server makes one of the name. */
export interface NewChannel {
  readonly name: string;
  /** May be empty. */
  readonly topic: string;
}

/** Makes channels as the holder of a token. */
export class ChannelApi {
  readonly #requests: ServerRequests;

  constructor(requests: ServerRequests) {
    this.#requests = requests;
  }

  /** Resolves with the new channel's id. */
  async create(token: string, { name, topic }: NewChannel): Promise<Answer<string>> {
    const body = { name, ...(topic === '' ? {} : { topic }) };
    const answer = await this.#requests.send('POST', 'channels', { token, body });
    if (!answer.ok) return answer;
    const { id } = fieldsOf(answer.value);
    return typeof id === 'string' ? { ok: true, value: id } : NOT_UNDERSTOOD;
  }
}
