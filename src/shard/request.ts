/** From a frame's bytes to a valid request of a command. */
import type { ChannelCommand } from '../channel/command.ts';
import { EnvelopeScanner } from '../protocol/envelope-scanner.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isChannelId, MAX_REF_LENGTH } from '../protocol/limits.ts';
import { compileDataReader, type ReadData } from '../protocol/request-data.ts';
import { codePoints } from '../protocol/text.ts';

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

/** Parses frames. One for each shard: its scanner is reused. */
export class RequestParser {
  readonly #commands: CommandTable;
  readonly #scanner = new EnvelopeScanner();

  constructor(commands: CommandTable) {
    this.#commands = commands;
  }

  /** `bytes`: one whole text message, valid UTF-8. */
  parse(bytes: Buffer): ParsedRequest | RejectedRequest {
    const problem = this.#scanner.scan(bytes);
    const { type, channelId, dataMembers } = this.#scanner;
    const tooLong = codePoints(this.#scanner.ref ?? '') > MAX_REF_LENGTH;
    const ref = tooLong ? undefined : this.#scanner.ref;
    if (problem !== null) return rejected('bad_request', problem, undefined, ref);
    if (tooLong) {
      return rejected('bad_request', `ref is at most ${MAX_REF_LENGTH} characters`, channelId, undefined);
    }
    if (channelId === undefined || !isChannelId(channelId)) {
      return rejected('bad_request', 'channelId must name a channel', undefined, ref);
    }
    const command = this.#commands.get(type ?? '');
    if (command === undefined) return rejected('unknown_type', 'no such type', channelId, ref);
    const data = command.readData(bytes.toString('utf8'), dataMembers);
    return data.ok
      ? { command, channelId, ref, data: data.value }
      : { problem: data.failure, channelId, ref };
  }
}

function rejected(
  code: 'bad_request' | 'unknown_type',
  message: string,
  channelId: string | undefined,
  ref: string | undefined,
): RejectedRequest {
  return { problem: failure(code, message), channelId, ref };
}
