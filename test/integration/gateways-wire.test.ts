/** The suites of the wire contract and of hostile input once more: sockets on two threads, HTTP passed on to main. */
import { describe } from 'vitest';
import { serveWith } from '../support/wire-server.ts';

serveWith({ GATEWAYS: '2' });

describe('[GATE-1] with two gateway threads', () => {
  describe('conversation', async () => {
    await import('./wire-conversation.test.ts');
  });
  describe('whispers', async () => {
    await import('./wire-whispers.test.ts');
  });
  describe('resume', async () => {
    await import('./wire-resume.test.ts');
  });
  describe('limits', async () => {
    await import('./wire-limits.test.ts');
  });
  describe('isolation', async () => {
    await import('./wire-isolation.test.ts');
  });
  describe('hostile frames and handshakes', async () => {
    await import('./hostile-websocket.test.ts');
  });
  // Last: it uses up the attempts of this address.
  describe('hostile HTTP', async () => {
    await import('./hostile-http.test.ts');
  });
});
