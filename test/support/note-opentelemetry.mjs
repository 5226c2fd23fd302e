/**
 * Says on standard error which thread loads something of OpenTelemetry, but for its types and constants, which prom-client
 * loads for itself; for NODE_OPTIONS=--import.
 */
import { registerHooks } from 'node:module';
import { threadId } from 'node:worker_threads';

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    if (/\/@opentelemetry\/(?!api\/)/.test(resolved.url)) {
      process.stderr.write(`thread ${threadId} loads ${specifier}\n`);
    }
    return resolved;
  },
});
process.stderr.write(`thread ${threadId} is watched\n`);
