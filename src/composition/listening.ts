/** Where the server listens, as people write it, and what keeps it from listening. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { failure, type Failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';

/** The settings. */
export interface ListenSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Connections that the system keeps until they are accepted (the system has a bound of its own, `somaxconn`). When
 * everyone comes at once, one that finds no room tries again only after seconds.
 */
export const LISTEN_BACKLOG = 4_096;

/** `http://host:port`. */
export function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** One line that says what to mend, for the system's `code`; null where that isn't the settings' fault. */
export function listenFailure(code: string | undefined, { host, port }: ListenSettings): Failure | null {
  switch (code) {
    case 'EADDRINUSE':
      return failure('conflict', `Port ${port} on ${host} is in use: stop what uses it, or set PORT.`);
    case 'EACCES':
    case 'EADDRNOTAVAIL':
      return failure('forbidden', `Can't listen on ${host}:${port} (${code}): set HOST or PORT.`);
    case 'ENOTSUP':
      return failure('forbidden', 'This system lets no threads share a port: set GATEWAYS=0.');
    default:
      return null;
  }
}

/**
 * Takes the port for a moment, alone: a port that several may share (`reusePort`) is shared with a stranger without a
 * word. The answer names the port, also where any free one will do.
 */
export async function probePort(settings: ListenSettings): Promise<Result<AddressInfo>> {
  const probe = createServer();
  try {
    probe.listen({ ...settings, exclusive: true });
    await once(probe, 'listening');
  } catch (error) {
    const found = listenFailure(errorCode(error), settings);
    if (found === null) throw error;
    return fail(found);
  }
  const address = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return ok(address);
}

/** The system's code of what went wrong. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
