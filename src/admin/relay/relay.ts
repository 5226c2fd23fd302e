/** Passes plain HTTP that reached a gateway thread on to main, over a Unix socket that only this process can reach. */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as ask,
  type ServerResponse,
} from 'node:http';
import { failure } from '../../protocol/errors.ts';
import { problemHeaders } from '../../protocol/problem.ts';
import { problemOf } from '../problem.ts';
import { relayedAnswerHeaders, relayedRequestHeaders } from './relayed-headers.ts';

/** Main begins to answer within so many ms, or is away; longer than anything that it waits for. */
const PATIENCE_MS = 30_000;
const RETRY_AFTER_MS = 1_000;
/** Connections to main that wait for the next request. */
const IDLE_CONNECTIONS = 16;

/** What a relay needs. */
export interface RelayOptions {
  /** Main's socket. */
  readonly socketPath: string;
  /** Stand in every answer that main doesn't give itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly logger: { error(fields: object, message: string): void };
  readonly newId: () => string;
  /** Default: half a minute. */
  readonly patienceMs?: number;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #agent: Agent;

  constructor(options: RelayOptions) {
    this.#options = options;
    const timeout = options.patienceMs ?? PATIENCE_MS;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS, timeout });
  }

  /** Answers with what main answers. Bodies pass through as they come, both ways, no faster than they are taken. */
  pass(request: IncomingMessage, response: ServerResponse): void {
    const passed = this.#ask(request, response);
    if (passed === null) return;
    passed.on('response', (answer) => {
      answer.on('error', () => {
        // Half an answer must not look like a whole one.
        response.destroy();
      });
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, relayedAnswerHeaders(answer));
      answer.pipe(response);
    });
    passed.on('timeout', () => {
      // What main has begun to answer takes as long as the client does.
      if (!response.headersSent) passed.destroy(new Error('main did not begin to answer in time'));
    });
    passed.on('error', (error) => {
      request.unpipe(passed).resume();
      if (!response.headersSent && !response.destroyed) this.#refuse(request, response, error);
    });
    response.on('close', () => {
      if (response.writableFinished && request.complete) return;
      // The client is gone, or was answered before it had sent everything: main need not hear the rest.
      request.unpipe(passed).resume();
      passed.destroy();
    });
    // Main may answer by the head alone, and the body may never come.
    passed.flushHeaders();
    request.pipe(passed);
  }

  /** Closes the connections to main. */
  close(): void {
    this.#agent.destroy();
  }

  #ask(request: IncomingMessage, response: ServerResponse): ClientRequest | null {
    const { method = 'GET', url = '/' } = request;
    const { socketPath } = this.#options;
    try {
      const headers = relayedRequestHeaders(request);
      return ask({ agent: this.#agent, socketPath, method, path: url, headers });
    } catch (error) {
      // Node's client writes less than its parser reads; nobody else's connections may suffer from that.
      this.#refuse(request, response, error);
      return null;
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { headers, logger, newId } = this.#options;
    const id = newId();
    logger.error({ err: error, requestId: id, method: request.method }, 'main did not answer a request');
    const away = failure('unavailable', 'The server does not answer this at the moment.', RETRY_AFTER_MS);
    const problem = problemOf(away, undefined, { request_id: id });
    const body = JSON.stringify(problem);
    response.writeHead(problem.status, {
      ...headers,
      ...problemHeaders(problem),
      'x-request-id': id,
      'content-length': Buffer.byteLength(body),
      // Who is still sending can't be listened to any more.
      ...(request.complete ? {} : { connection: 'close' }),
    });
    response.end(body);
  }
}
