/** From a frame's bytes to a valid request of a command. */
import { Compile } from 'typebox/compile';
import type { ChannelCommand } from '../channel/command.ts';
import { EnvelopeScanner } from '../protocol/envelope-scanner.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isChannelId, MAX_REF_LENGTH } from '../protocol/limits.ts';
import { codePoints } from '../protocol/text.ts';

/** A command with its schema compiled. */
export interface RunnableCommand {
  readonly type: string;
  readonly requires: ChannelCommand['requires'];
  readonly pages: boolean;
  readonly handle: ChannelCommand['handle'];
  readonly check: (data: unknown) => boolean;
  /** One line about what is wrong with data that `check` refused. */
  readonly explain: (data: unknown) => string;
}

/** Commands by type. A Map, so that a type like `__proto__` finds nothing. */
export type CommandTable = ReadonlyMap<string, RunnableCommand>;

/** Compiles the registry. */
export function compileCommands(commands: readonly ChannelCommand[]): CommandTable {
  return new Map(
    commands.map((command) => {
      const validator = Compile(command.data);
      return [
        command.type,
        {
          type: command.type,
          requires: command.requires,
          pages: command.pages === true,
          handle: command.handle,
          check: (data: unknown) => validator.Check(data),
          explain: (data: unknown) => {
            const [first] = validator.Errors(data);
            return first === undefined ? 'data is not valid' : `data${first.instancePath}: ${first.message}`;
          },
        },
      ];
    }),
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
    let data: unknown;
    try {
      const frame = JSON.parse(bytes.toString('utf8')) as { data?: unknown };
      data = frame.data ?? {};
    } catch {
      return rejected('bad_request', 'malformed JSON', channelId, ref);
    }
    // JSON.parse keeps the last of two members with one name; the scan counted both.
    if (isObject(data) && Object.keys(data).length !== dataMembers) {
      return rejected('bad_request', 'a field stands twice', channelId, ref);
    }
    if (!command.check(data)) return rejected('bad_request', command.explain(data), channelId, ref);
    return { command, channelId, ref, data };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rejected(
  code: 'bad_request' | 'unknown_type',
  message: string,
  channelId: string | undefined,
  ref: string | undefined,
): RejectedRequest {
  return { problem: failure(code, message), channelId, ref };
}
