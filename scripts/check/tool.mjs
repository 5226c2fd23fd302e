import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Runs a program of node_modules; resolves with the lines of its output when it fails, else with none. */
export function runTool(root, name, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', name), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    child.stdout.on('data', (bytes) => output.push(bytes));
    child.stderr.on('data', (bytes) => output.push(bytes));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve([]);
      const lines = Buffer.concat(output).toString().split('\n');
      resolve([...lines.filter((line) => line.trim() !== ''), `${name} ended with ${signal ?? code}`]);
    });
  });
}
