/** Structured logs: one JSON object a line, on standard output, without secrets. */
import { pino, stdSerializers } from 'pino';
import type { DestinationStream, LevelWithSilent, Logger } from 'pino';
import { REDACTED, redactText, secretPaths } from './redact.ts';

export type { Logger } from 'pino';

/** What {@link createLogger} needs. */
export interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** Standard output by default; written to at once, so that nothing is lost when the process ends. */
  readonly destination?: DestinationStream;
  /** Stands in every line, e.g. the thread. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** The part of a request that is logged. */
interface LoggedRequest {
  readonly id?: unknown;
  readonly method?: string;
  readonly url?: string;
  readonly ip?: string;
}

/** A logger; children inherit what it redacts. */
export function createLogger({ level, destination, fields }: LoggerOptions): Logger {
  const options = {
    level,
    base: fields ?? {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: REDACTED },
    serializers: {
      req: ({ id, method, url }: LoggedRequest) => ({ id, method, url: redactText(url ?? '') }),
      url: (url: unknown) => (typeof url === 'string' ? redactText(url) : url),
      err: redactedError,
      error: redactedError,
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function redactedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? { code: error.code } : {};
  return { type, message: redactText(message), stack: redactText(stack), ...code };
}
