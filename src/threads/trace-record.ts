/** Where a span stands, in a batch: only what is recorded has it, so its size doesn't matter. */
import type { TraceContext } from '../protocol/tracing.ts';
import type { BatchReader } from './batch-reader.ts';
import type { BatchWriter } from './batch-writer.ts';

/** Writes it. */
export function writeTrace(batch: BatchWriter, { traceId, spanId }: TraceContext): void {
  batch.text(traceId);
  batch.text(spanId);
}

/** Reads what {@link writeTrace} wrote. */
export function readTrace(batch: BatchReader): TraceContext {
  return { traceId: batch.text(), spanId: batch.text() };
}
