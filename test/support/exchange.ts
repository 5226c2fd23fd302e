/** Requests byte by byte, for what no HTTP client would send. */
import { connect } from 'node:net';

/**
 * What the server at `port` of this host answers to `bytes`, until it closes the connection. A WebSocket that opens is
 * ended from here.
 */
export function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (/HTTP\/1\.1 101 [^]*?\r\n\r\n/.test(answer)) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** An answer taken apart. Names of headers are in lower case; of one that stands twice the last counts. */
export function parseAnswer(answer: string): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const end = answer.indexOf('\r\n\r\n');
  const [line = '', ...fields] = answer.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => {
      const [name = '', ...value] = field.split(':');
      return [name.toLowerCase(), value.join(':').trim()];
    }),
  );
  return { status: Number(line.split(' ')[1]), headers, body: answer.slice(end + 4) };
}
