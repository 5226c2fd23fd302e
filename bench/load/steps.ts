/**
 * How a load process is led: its parent writes one JSON line a step, `{"step","input"}`, and it answers each with one,
 * `{"result"}`. Steps come one after another. A step that throws ends the process with its stack on stderr.
 */
import { createInterface } from 'node:readline';

/** A load's steps by name; each takes plain data and gives plain data. */
export type Steps = Readonly<Record<string, (input: never) => unknown>>;

/** Takes steps from standard input until it ends. */
export async function answerSteps(steps: Steps): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { step, input } = JSON.parse(line) as { readonly step: string; readonly input: never };
    const take = steps[step];
    if (take === undefined) throw new Error(`this load has no step ${step}`);
    const result = (await take(input)) ?? null;
    process.stdout.write(`${JSON.stringify({ result })}\n`);
  }
}
