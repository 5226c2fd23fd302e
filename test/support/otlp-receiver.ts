/** An OTLP receiver (HTTP, JSON) of this process, and what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A span as OTLP has it, with its attributes by name. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 1: internal, 2: server, 3: client. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2: an error. */
  readonly status: number;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
type Attributes = readonly { readonly key: string; readonly value: Value }[];
interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: Attributes;
        readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
        readonly status: { readonly code: number };
      }[];
    }[];
  }[];
}

/** It. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Of the requests, and everything that they said. */
  readonly headers: IncomingHttpHeaders[];
  readonly text: () => string;
  /** Of the last request's resource. */
  readonly resource: () => ReceivedSpan['attributes'];
  /** Resolves with a trace's spans when those with these names are among them; rejects when they don't come. */
  readonly trace: (traceId: string, names: readonly string[]) => Promise<readonly ReceivedSpan[]>;
  readonly close: () => Promise<void>;
}

/** Spans leave a second after they ended; other work shares the cores. */
const PATIENCE_MS = 15_000;

/** Starts one. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let text = '';
  let resource: ReceivedSpan['attributes'] = {};
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const isOurs = request.url === '/v1/traces' && request.method === 'POST';
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
      if (!isOurs) return;
      headers.push(request.headers);
      text += body;
      for (const { resource: of, scopeSpans } of (JSON.parse(body) as Body).resourceSpans) {
        resource = byName(of.attributes);
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({
            ...span,
            parentSpanId: span.parentSpanId ?? '',
            startMs: Number(span.startTimeUnixNano) / 1e6,
            endMs: Number(span.endTimeUnixNano) / 1e6,
            attributes: byName(span.attributes),
            status: span.status.code,
          });
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    headers,
    text: () => text,
    resource: () => resource,
    trace: async (traceId, names) => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const found = spans.filter((span) => span.traceId === traceId);
        const missing = names.filter((name) => !found.some((span) => span.name === name));
        if (missing.length === 0) return found;
        if (performance.now() > deadline) {
          const there = found.map(({ name }) => name).join(', ');
          throw new Error(`no ${missing.join(', ')} in the trace, only ${there}`);
        }
        await pause(50);
      }
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function byName(attributes: Attributes): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue),
    ]),
  );
}
