/** Which answer a connection is at: answers are told apart by their order alone. */
import { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The answer that has the socket now. */
export function answerUnderWay(socket: Duplex): ServerResponse | null {
  // Node's own default handler asks the same field; there is no public one.
  const answer: unknown = Reflect.get(socket, '_httpMessage');
  return answer instanceof ServerResponse ? answer : null;
}

/** Resolves when everything that was asked on this connection so far is answered, or the connection is gone. */
export async function answered(socket: Duplex): Promise<void> {
  for (;;) {
    const answer = answerUnderWay(socket);
    if (answer === null || socket.destroyed) return;
    // The next answer, if there is one, takes the socket before this is told.
    await new Promise((resolve) => answer.once('close', resolve));
  }
}
