/** Serializers of answers, each made with the first answer of its kind: all of them together took a third of a start. */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type Build = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>['buildSerializer'];

/** Fastify's own, made when they are needed. A schema that makes none fails the first answer instead of the start. */
export function lazySerializers(): NonNullable<Build> {
  const build: NonNullable<Build> = SerializerSelector();
  return (externalSchemas, options) => {
    const compile = build(externalSchemas, options);
    return (route) => {
      let serialize: ((data: unknown) => string) | undefined;
      return (data: unknown) => (serialize ??= compile(route))(data);
    };
  };
}
