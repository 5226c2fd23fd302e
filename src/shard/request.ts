/** From a frame's bytes to a valid request of a command. */
import type { ChannelCommand } from '../channel/command.ts';
import { EnvelopeScanner } from '../protocol/envelope-scanner.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isChannelId } from '../protocol/limits.ts';
import { compileDataReader, type ReadData } from '../protocol/request-data.ts';

/** A command with its schema compiled. */
export interface RunnableCommand {
  readonly type: string;
  readonly requires: ChannelCommand['requires'];
  readonly pages: boolean;
  readonly handle: ChannelCommand['handle'];
  readonly readData: ReadData;
}

/** Commands by type. A Map, so that a type like `__proto__` finds nothing. */
export type CommandTable = ReadonlyMap<string, RunnableCommand>;

/** Compiles the registry. */
export function compileCommands(commands: readonly ChannelCommand[]): CommandTable {
  return new Map(
    commands.map(({ type, requires, pages = false, handle, data }) => [
      type,
      { type, requires, pages, handle, readData: compileDataReader(data) },
    ]),
  );
}

/** A request, parsed and valid. */
export interface ParsedRequest {
  readonly command: RunnableCommand;
  readonly channelId: string;
  readonly ref: string | undefined;
  readonly data: unknown;
}

/** Why a frame is no request; with what could be read of it. */
export interface RejectedRequest {
  readonly problem: Failure;
  readonly channelId: string | undefined;
  readonly ref: string | undefined;
}

/**
 * Parses one whole text message, valid UTF-8, that a gateway has scanned: it is one object, no routing field stands
 * twice in it, and `data` has so many members, counted with repetition.
 */
export function parseRequest(
  bytes: Buffer,
  dataMembers: number,
  commands: CommandTable,
): ParsedRequest | RejectedRequest {
  let frame: Envelope;
  try {
    frame = JSON.parse(bytes.toString('utf8')) as Envelope;
  } catch {
    return malformed(bytes);
  }
  const { type, channelId, ref } = frame;
  if (typeof channelId !== 'string' || !isChannelId(channelId)) {
    return rejected('bad_request', 'channelId must name a channel', undefined, ref);
  }
  const command = commands.get(type ?? '');
  if (command === undefined) return rejected('unknown_type', 'no such type', channelId, ref);
  const valid = command.readData(frame.data ?? {}, dataMembers);
  return valid.ok
    ? { command, channelId, ref, data: valid.value }
    : { problem: valid.failure, channelId, ref };
}

/** What the gateway's scan vouches for. */
interface Envelope {
  readonly type?: string;
  readonly channelId?: string;
  readonly ref?: string;
  readonly data?: unknown;
}

/** The scan looks at depth one alone: what is broken further down shows here, and the fields can still be told. */
function malformed(bytes: Buffer): RejectedRequest {
  const scanner = new EnvelopeScanner();
  scanner.scan(bytes);
  return rejected('bad_request', 'malformed JSON', scanner.channelId, scanner.ref);
}

function rejected(
  code: 'bad_request' | 'unknown_type',
  message: string,
  channelId: string | undefined,
  ref: string | undefined,
): RejectedRequest {
  return { problem: failure(code, message), channelId, ref };
}
