/** What /openapi.json describes, operation by operation, so that tests find new routes by themselves. */
import type { InjectOptions } from 'fastify';
import type { App } from '../../src/admin/app.ts';

/** A JSON Schema as the description has it. */
export type Schema = Readonly<Record<string, unknown>> | boolean;

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** What an operation answers with one status. */
export interface DescribedResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** An operation as the description has it. */
export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, DescribedResponse>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** The description. */
export interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes?: Readonly<Record<string, unknown>>;
  };
}

/** An operation and where it is. */
export interface DescribedOperation {
  /** In capitals. */
  readonly method: NonNullable<InjectOptions['method']>;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly operation: Operation;
}

/** The description that `app` serves. */
export async function descriptionOf(app: App): Promise<Description> {
  return (await app.inject('/openapi.json')).json<Description>();
}

/** Its operations, in its order. */
export function operationsOf({ paths }: Description): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** `path` with something in the place of its parameters. */
export function filledPath(path: string, value = 'x'): string {
  return path.replace(/\{\w+\}/g, encodeURIComponent(value));
}
