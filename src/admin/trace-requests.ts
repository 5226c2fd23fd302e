/** A span for each recorded HTTP request, from its head to the end of the answer; what it asks of others is below it. */
import type { FastifyRequest } from 'fastify';
import { parseTraceparent, type TraceContext } from '../protocol/tracing.ts';
import type { OpenSpan, Tracer } from '../threads/tracer.ts';
import type { App } from './app.ts';

/** What records them. */
export interface RequestTracing {
  readonly tracer: Pick<Tracer, 'head'>;
  /** Runs `work`, and what it leads to, for this span. */
  readonly within: (span: TraceContext, work: () => void) => void;
}

/** Answers with these are the server's fault. */
const SERVER_FAULT = 500;

/** For every request from now on, and only where traces are on: the hooks cost every request a little. */
export function traceRequests(app: App, { tracer, within }: RequestTracing): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request;
    const span = tracer.head(parseTraceparent(headers['traceparent']), 'http', {
      attributes: { 'http.request.method': method },
    });
    if (span !== null) spans.set(request, span);
    done();
  });
  // Behind what reads the body, whose events know nothing of the request.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else within(span.context, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span !== undefined) {
      // By pattern, not by path: what stands in a path may be somebody's name.
      const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
      span.rename(`${request.method} ${route}`);
      span.note({ 'http.route': route, 'http.response.status_code': reply.statusCode });
      span.end(reply.statusCode >= SERVER_FAULT ? String(reply.statusCode) : null);
    }
    done();
  });
}
