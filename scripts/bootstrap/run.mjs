/** Runs the commands of the bootstrap. */
import { spawn } from 'node:child_process';

/** A step that can't be done; the message is for the person at the terminal. */
export class StepFailed extends Error {}

export function say(line) {
  console.log(`bootstrap: ${line}`);
}

/**
 * Runs a command quietly. Its output is shown only when it fails, and then the returned promise rejects with a
 * StepFailed that says `failure`. A signal to stop reaches the command too, and we outlive it: an npm that is still
 * tidying up would collide with the next one.
 */
export function run(command, args, { cwd, env = process.env, failure }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a batch file there.
      shell: process.platform === 'win32',
    });
    let stopped = null;
    const stop = (signal) => {
      stopped = signal;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
    const output = [];
    child.stdout.on('data', (bytes) => output.push(bytes));
    child.stderr.on('data', (bytes) => output.push(bytes));
    child.once('error', (error) => reject(new StepFailed(`${failure} (${command}: ${error.message})`)));
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
      if (stopped !== null) return reject(new StepFailed(`stopped by ${stopped}`));
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new StepFailed(`${failure} (${command} ended with ${signal ?? code})`));
    });
  });
}
