/** The suites of the wire contract once more, with sockets on two threads of their own and HTTP passed on to main. */
import { describe } from 'vitest';
import { serveWith } from '../support/wire-server.ts';

serveWith({ GATEWAYS: '2' });

describe('[GATE-1] with two gateway threads', () => {
  describe('conversation', async () => {
    await import('./wire-conversation.test.ts');
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
});
