/** Commands that take one file: their arguments, and how they end. */
import { parseArgs } from 'node:util';
import type { Result } from '../protocol/result.ts';

const NOT_DONE = 1;
const USED_WRONGLY = 2;

/** What a line asks for, or what is wrong with it. */
export type FileArgument =
  { readonly help: true } | { readonly file: string | undefined } | { readonly problem: string };

/** Reads the words behind the command's name. */
export function fileArgument(args: readonly string[], isNeeded: boolean): FileArgument {
  let parsed;
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Its first sentence says which option.
    return { problem: error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error) };
  }
  const [file, ...others] = parsed.positionals;
  if (parsed.values.help === true) return { help: true };
  if (others.length > 0 || file === '') return { problem: 'This takes one file' };
  return file === undefined && isNeeded ? { problem: 'Which file?' } : { file };
}

/** Does `work` and says how it ended, on standard output or in one line of standard error, and by the exit code. */
export async function told(
  asked: FileArgument,
  usage: string,
  work: (file: string | undefined) => Promise<Result<string>>,
): Promise<void> {
  if ('help' in asked) {
    process.stdout.write(usage);
    return;
  }
  if ('problem' in asked) {
    process.stderr.write(`hubbub: ${asked.problem}.\n\n${usage}`);
    process.exitCode = USED_WRONGLY;
    return;
  }
  const done = await work(asked.file);
  if (done.ok) {
    if (done.value !== '') process.stdout.write(done.value);
    return;
  }
  process.stderr.write(`hubbub: ${done.failure.message}\n`);
  process.exitCode = NOT_DONE;
}
