import type { UserRef } from '../../../src/protocol/entities.ts';
import { fieldsOf } from './server-requests.ts';

/** The person that a field of an event names, or null. */
export function personOf(value: unknown): UserRef | null {
  const { id, name } = fieldsOf(value);
  return typeof id === 'string' && typeof name === 'string' ? { id, name } : null;
}
