/** From a frame's bytes to a valid request of a command. */
import type { ChannelCommand } from '../channel/command.ts';
import type { InboxCommand } from '../inbox/command.ts';
import { EnvelopeScanner } from '../protocol/envelope-scanner.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isChannelId } from '../protocol/limits.ts';
import { compileDataReader, type ReadData } from '../protocol/request-data.ts';

/** A command of channels with its schema compiled. */
export interface RunnableChannelCommand {
  readonly route: 'channel';
  readonly type: string;
  readonly requires: ChannelCommand['requires'];
  readonly may: ChannelCommand['may'];
  readonly pages: boolean;
  readonly handle: ChannelCommand['handle'];
  readonly readData: ReadData;
}

/** A command of inboxes with its schema compiled. */
export interface RunnableInboxCommand {
  readonly route: 'inbox';
  readonly type: string;
  readonly may: InboxCommand['may'];
  readonly handle: InboxCommand['handle'];
  readonly readData: ReadData;
}

/** Commands by type. A Map, so that a type like `__proto__` finds nothing. */
export type CommandTable = ReadonlyMap<string, RunnableChannelCommand | RunnableInboxCommand>;

/** Compiles the registries. */
export function compileCommands(
  channelCommands: readonly ChannelCommand[],
  inboxCommands: readonly InboxCommand[],
): CommandTable {
  return new Map<string, RunnableChannelCommand | RunnableInboxCommand>([
    ...channelCommands.map(
      ({ type, route, requires, may, pages = false, handle, data }) =>
        [type, { type, route, requires, may, pages, handle, readData: compileDataReader(data) }] as const,
    ),
    ...inboxCommands.map(
      ({ type, route, may, handle, data }) =>
        [type, { type, route, may, handle, readData: compileDataReader(data) }] as const,
    ),
  ]);
}

interface Parsed {
  readonly ref: string | undefined;
  readonly data: unknown;
}

/** A request to a channel, parsed and valid. */
export interface ChannelRequest extends Parsed {
  readonly command: RunnableChannelCommand;
  readonly channelId: string;
}

/** A request to the sender's own inbox, parsed and valid. */
export interface InboxRequest extends Parsed {
  readonly command: RunnableInboxCommand;
  readonly channelId: undefined;
}

/** A request, parsed and valid. */
export type ParsedRequest = ChannelRequest | InboxRequest;

/** Why a frame is no request; with what could be read of it. */
export interface RejectedRequest {
  readonly problem: Failure;
  /** Whose `data` it isn't: whether its sender may ask for it at all is answered first. Absent: it isn't even that. */
  readonly command?: RunnableChannelCommand | RunnableInboxCommand;
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
  const { type, ref } = frame;
  const channelId =
    typeof frame.channelId === 'string' && isChannelId(frame.channelId) ? frame.channelId : undefined;
  const command = commands.get(type ?? '');
  if (command === undefined) return rejected('unknown_type', 'no such type', channelId, ref);
  if (command.route === 'inbox') {
    return withData({ command, channelId: undefined, ref }, frame.data, dataMembers);
  }
  return channelId === undefined
    ? rejected('bad_request', 'channelId must name a channel', undefined, ref)
    : withData({ command, channelId, ref }, frame.data, dataMembers);
}

function withData<Target extends Omit<ParsedRequest, 'data'>>(
  target: Target,
  data: unknown,
  dataMembers: number,
): (Target & { readonly data: unknown }) | RejectedRequest {
  const valid = target.command.readData(data ?? {}, dataMembers);
  const { command, channelId, ref } = target;
  return valid.ok ? { ...target, data: valid.value } : { problem: valid.failure, command, channelId, ref };
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
